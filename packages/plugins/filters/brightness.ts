import { defineTransform, number, type StageName } from "@progimage/core/plugin";

/** Multiplies the colours, as `brightness()` of CSS Filter Effects 1 does. */
export const brightness = defineTransform({
  name: "brightness",
  version: 1,
  summary: "Makes the image brighter or darker",
  params: {
    amount: number({
      min: 0,
      max: 10,
      summary: "The factor of colours: 0 is black, 1 changes nothing",
    }),
  },
  examples: ["brightness=1.3", "brightness=0.6"],
  shorthand: "amount",
  stage: ({ amount }): readonly StageName[] => (amount === 1 ? [] : ["linear"]),
  frames: "all",
  // sharp truncates the result, so adding half a level rounds it.
  apply: (image, { amount }) => (amount === 1 ? image : image.linear(amount, 0.5)),
});
