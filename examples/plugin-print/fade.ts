import { defineTransform, number } from "@progimage/core/plugin";

/** The final values of black and white at full strength, from 0 to 255. */
const BLACK = 64;
const WHITE = 224;

/** Narrows the range of tones like a print that was exposed to light: black becomes grey, and white becomes duller. */
export const fade = defineTransform({
  name: "fade",
  version: 1,
  summary: "Lets the image fade like an old print",
  params: {
    amount: number({ min: 0, max: 1, default: 0.5, summary: "How much of it: 0 changes nothing" }),
  },
  shorthand: "amount",
  examples: ["print.fade", "print.fade=1"],
  stage: ({ amount }) => (amount === 0 ? [] : ["linear"]),
  frames: "all",
  apply: (image, { amount }) => {
    if (amount === 0) return image;
    const slope = 1 - (amount * (255 - WHITE + BLACK)) / 255;
    // sharp truncates fractions: adding half a level rounds instead.
    return image.linear(slope, amount * BLACK + 0.5);
  },
});
