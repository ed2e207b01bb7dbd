/**
 * Small images that fill a box with the important part of a picture.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { thumbnail } from "./thumbnail.ts";

export default definePlugin({ name: "@progimage/plugin-thumbnail", transforms: [thumbnail] });
