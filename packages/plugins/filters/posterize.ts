import { defineTransform, integer } from "@progimage/core/plugin";
import { applyColorTable, colorTable } from "./pixels/color_table.ts";

/** Rounds the colours to evenly spaced levels, from 0 to 255. */
export const posterize = defineTransform({
  name: "posterize",
  version: 1,
  summary: "Leaves few levels of each colour, as on a poster",
  params: {
    levels: integer({
      min: 2,
      max: 256,
      default: 4,
      summary: "Levels of each of red, green and blue",
    }),
  },
  examples: ["posterize=4", "posterize=2"],
  shorthand: "levels",
  frames: "all",
  apply: async (image, { levels }, context) =>
    await applyColorTable(
      image,
      context,
      colorTable((value) => Math.round(value * (levels - 1)) / (levels - 1)),
    ),
});
