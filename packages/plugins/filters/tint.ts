import { color, cssColor, defineTransform } from "@progimage/core/plugin";
import { checkOpaque } from "./pixels/opaque_color.ts";

/** Keeps the lightness and applies the hue of a colour, in CIELAB. The effect is strongest in the midtones and keeps black and white. */
export const tint = defineTransform({
  name: "tint",
  version: 1,
  summary: "Gives all midtones the same colour",
  params: {
    color: color({ summary: "The colour of the midtones; its lightness does not matter" }),
  },
  examples: ["tint=ffcc00", "tint=4169e1"],
  shorthand: "color",
  check: ({ color }) => checkOpaque("tint", { color }),
  stage: "tint",
  frames: "all",
  apply: (image, { color }) => image.tint(cssColor(color)),
});
