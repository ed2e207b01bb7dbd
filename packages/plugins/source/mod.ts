/**
 * Transforms that set how the source is opened.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { animate } from "./animate.ts";
import { orient } from "./orient.ts";
import { page } from "./page.ts";

export default definePlugin({
  name: "@progimage/plugin-source",
  transforms: [animate, orient, page],
});
