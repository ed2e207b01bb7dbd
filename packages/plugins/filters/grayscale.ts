import { defineTransform } from "@progimage/core/plugin";

/** Keeps the luminance by IEC 61966-2-1 (sRGB): weights apply to linear light, not to coded values. */
export const grayscale = defineTransform({
  name: "grayscale",
  version: 1,
  summary: "Makes the image black and white",
  params: {},
  examples: ["grayscale"],
  stage: "greyscale",
  frames: "all",
  apply: (image) => image.greyscale(),
});
