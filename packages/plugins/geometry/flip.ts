import { defineTransform } from "@progimage/core/plugin";

/** Mirrors top and bottom. On all frames at once it would reverse them too. */
export const flip = defineTransform({
  name: "flip",
  version: 1,
  summary: "Mirrors the image top to bottom",
  params: {},
  examples: ["flip"],
  stage: "flip",
  apply: (image) => image.flip(),
});
