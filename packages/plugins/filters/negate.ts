import { defineTransform } from "@progimage/core/plugin";

/** Replaces each colour by 255 minus it. Keeps alpha. */
export const negate = defineTransform({
  name: "negate",
  version: 1,
  summary: "Inverts the colours, as on a film negative",
  params: {},
  examples: ["negate"],
  stage: "negate",
  frames: "all",
  apply: (image) => image.negate({ alpha: false }),
});
