/**
 * The transform that sets how results are encoded.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { compress } from "./compress.ts";

export default definePlugin({ name: "@progimage/plugin-compress", transforms: [compress] });
