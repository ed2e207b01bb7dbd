import { defineTransform } from "@progimage/core/plugin";

/** Mirrors left and right. */
export const flop = defineTransform({
  name: "flop",
  version: 1,
  summary: "Mirrors the image left to right",
  params: {},
  examples: ["flop"],
  stage: "flop",
  frames: "all",
  apply: (image) => image.flop(),
});
