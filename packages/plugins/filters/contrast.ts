import { defineTransform, number, type StageName } from "@progimage/core/plugin";

const MIDDLE = 127.5;

/** Moves the colours away from mid grey or towards it, as `contrast()` of CSS Filter Effects 1 does. */
export const contrast = defineTransform({
  name: "contrast",
  version: 1,
  summary: "Raises or lowers the contrast",
  params: {
    amount: number({
      min: 0,
      max: 10,
      summary: "The factor of the distance from mid grey: 0 is grey all over, 1 changes nothing",
    }),
  },
  examples: ["contrast=1.5", "contrast=0.5"],
  shorthand: "amount",
  stage: ({ amount }): readonly StageName[] => (amount === 1 ? [] : ["linear"]),
  frames: "all",
  // sharp truncates the result, so adding half a level rounds it.
  apply: (image, { amount }) => (amount === 1 ? image : image.linear(amount, MIDDLE * (1 - amount) + 0.5)),
});
