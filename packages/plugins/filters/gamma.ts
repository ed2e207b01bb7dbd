import { defineTransform, number } from "@progimage/core/plugin";
import { applyColorTable, colorTable } from "./pixels/color_table.ts";

/** Raises the colours, from 0 to 1, to the power of 1 / gamma. Keeps black and white. Not sharp's own gamma, which undoes itself. */
export const gamma = defineTransform({
  name: "gamma",
  version: 1,
  summary: "Makes midtones brighter or darker",
  params: {
    gamma: number({
      min: 0.1,
      max: 10,
      summary: "Above 1 midtones get brighter, below 1 darker",
    }),
  },
  examples: ["gamma=1.8", "gamma=0.5"],
  shorthand: "gamma",
  frames: "all",
  apply: async (image, { gamma }, context) =>
    await applyColorTable(
      image,
      context,
      colorTable((value) => value ** (1 / gamma)),
    ),
});
