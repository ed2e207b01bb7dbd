/**
 * Transforms that draw on top of a picture.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { text } from "./text.ts";
import { watermark } from "./watermark.ts";

export default definePlugin({
  name: "@progimage/plugin-overlay",
  transforms: [text, watermark],
});
