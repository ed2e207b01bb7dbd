import { defineTransform } from "@progimage/core/plugin";

/** Mirrors top and bottom. Runs frame by frame, because on all frames at once it would also reverse their order. */
export const flip = defineTransform({
  name: "flip",
  version: 1,
  summary: "Mirrors the image top to bottom",
  params: {},
  examples: ["flip"],
  stage: "flip",
  apply: (image) => image.flip(),
});
