import { defineTransform, number, ProgImageError } from "@progimage/core/plugin";
import { changePixels } from "./pixels/change_pixels.ts";
import { coverHidden } from "./pixels/cover_hidden.ts";

/** Stretches the lightness (L* of CIELAB) of the visible pixels. An animation is stretched as a whole, so that it does not flicker. */
export const normalize = defineTransform({
  name: "normalize",
  version: 2,
  summary: "Stretches the lightness to the full range",
  params: {
    lower: number({
      min: 0,
      max: 0.99,
      default: 0.01,
      summary: "Share of the pixels that become black, in hundredths",
    }),
    upper: number({
      min: 0.01,
      max: 1,
      default: 0.99,
      summary: "Share of the pixels that do not become white, in hundredths",
    }),
  },
  examples: ["normalize", "normalize=lower:0.1,upper:0.8"],
  check: ({ lower, upper }) => {
    if (perCent(lower) < perCent(upper)) return;
    const message = `Cannot read parameter "upper" of "normalize" as it must be above lower, ${lower}, by a hundredth: it is ${upper}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "upper" } });
  },
  frames: "all",
  apply: async (image, { lower, upper }, context) => {
    const shown = context.hasAlpha ? await changePixels(image, context, coverHidden) : image;
    return shown.normalise({ lower: perCent(lower), upper: perCent(upper) });
  },
});

/** Returns whole per cent, the unit of sharp. */
function perCent(share: number): number {
  return Math.round(share * 100);
}
