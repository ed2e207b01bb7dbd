/**
 * Transforms that change the size, area and orientation.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { crop } from "./crop.ts";
import { flatten } from "./flatten.ts";
import { flip } from "./flip.ts";
import { flop } from "./flop.ts";
import { pad } from "./pad.ts";
import { resize } from "./resize.ts";
import { rotate } from "./rotate.ts";
import { trim } from "./trim.ts";

export default definePlugin({
  name: "@progimage/plugin-geometry",
  transforms: [crop, flatten, flip, flop, pad, resize, rotate, trim],
});
