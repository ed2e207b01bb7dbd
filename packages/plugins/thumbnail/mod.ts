/**
 * Small images that fill a box and show what matters.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { thumbnail } from "./thumbnail.ts";

export default definePlugin({ name: "@progimage/plugin-thumbnail", transforms: [thumbnail] });
