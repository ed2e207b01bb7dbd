import { defineTransform, number } from "@progimage/core/plugin";

/**
 * Sharpens the lightness (L* of CIELAB) by an unsharp mask, as libvips does. A pixel that differs from its surroundings by less than the
 * threshold counts as flat. No pixel gets brighter by more than 10 or darker by more than 20 of 100.
 */
export const sharpen = defineTransform({
  name: "sharpen",
  version: 1,
  summary: "Sharpens the image by an unsharp mask",
  params: {
    amount: number({ min: 0, max: 10, default: 2, summary: "How much edges are sharpened" }),
    sigma: number({
      min: 0.3,
      max: 10,
      default: 1,
      summary: "Standard deviation in pixels of the Gaussian that is compared with",
    }),
    flat: number({ min: 0, max: 10, default: 1, summary: "How much flat areas are sharpened" }),
    threshold: number({
      min: 0,
      max: 100,
      default: 2,
      summary: "The difference in lightness, of 100, at which an edge begins",
    }),
  },
  examples: ["sharpen=3", "sharpen=5,sigma:3,flat:0"],
  shorthand: "amount",
  stage: "sharpen",
  apply: (image, { amount, sigma, flat, threshold }) =>
    image.sharpen({ sigma, m1: flat, m2: amount, x1: threshold }),
});
