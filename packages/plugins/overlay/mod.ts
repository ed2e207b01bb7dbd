/**
 * Transforms that draw on top of a picture.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { border } from "./border.ts";
import { shadow } from "./shadow.ts";
import { text } from "./text.ts";
import { watermark } from "./watermark.ts";

export default definePlugin({
  name: "@progimage/plugin-overlay",
  transforms: [border, shadow, text, watermark],
});
