import { defineTransform } from "@progimage/core/plugin";

/** Turns each colour into 255 less it. Alpha stays. */
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
