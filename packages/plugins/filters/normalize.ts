import { defineTransform, number, ProgImageError } from "@progimage/core/plugin";

/** Stretches the lightness (L* of CIELAB). An animation is stretched as a whole, so that it does not flicker. */
export const normalize = defineTransform({
  name: "normalize",
  version: 1,
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
  stage: "normalise",
  frames: "all",
  apply: (image, { lower, upper }) => image.normalise({ lower: perCent(lower), upper: perCent(upper) }),
});

/** Returns whole per cent, the unit of sharp. */
function perCent(share: number): number {
  return Math.round(share * 100);
}
