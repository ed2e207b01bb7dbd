import { defineTransform, integer, ProgImageError } from "@progimage/core/plugin";

/** Stretches the lightness (L* of CIELAB). An animation is stretched as a whole, so that it does not flicker. */
export const normalize = defineTransform({
  name: "normalize",
  version: 1,
  summary: "Stretches the lightness to the full range",
  params: {
    lower: integer({ min: 0, max: 99, default: 1, summary: "Per cent of the pixels that become black" }),
    upper: integer({
      min: 1,
      max: 100,
      default: 99,
      summary: "Per cent of the pixels that do not become white",
    }),
  },
  examples: ["normalize", "normalize=lower:10,upper:80"],
  check: ({ lower, upper }) => {
    if (lower < upper) return;
    const message = `Cannot read parameter "upper" of "normalize" as it must be above lower, ${lower}: it is ${upper}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "upper" } });
  },
  stage: "normalise",
  frames: "all",
  apply: (image, { lower, upper }) => image.normalise({ lower, upper }),
});
