import { boolean, defineTransform, number } from "@progimage/core/plugin";
import { changePixels } from "./pixels/change_pixels.ts";
import { lumaPlane } from "./pixels/luma.ts";
import { visitSlopes } from "./pixels/slopes.ts";

const MIDDLE = 128;

/** Lights the image from one side, treating its luma as height. Keeps alpha. */
export const emboss = defineTransform({
  name: "emboss",
  version: 1,
  summary: "Makes the image look like a relief",
  params: {
    amount: number({
      min: 0.1,
      max: 20,
      default: 1,
      summary: "The factor of slopes before they are added to the colours",
    }),
    angle: number({
      min: -360,
      max: 360,
      default: 315,
      summary: "Where the light comes from, in degrees clockwise from the top",
    }),
    grayscale: boolean({ default: false, summary: "Shows the relief alone, on mid grey" }),
  },
  examples: ["emboss", "emboss=2,grayscale"],
  shorthand: "amount",
  apply: async (image, { amount, angle, grayscale }, context) => {
    const radians = (angle / 180) * Math.PI;
    const rightwards = -Math.sin(radians) * amount;
    const downwards = Math.cos(radians) * amount;
    return await changePixels(image, context, (pixels) => {
      const { data, channels } = pixels;
      visitSlopes(lumaPlane(pixels), pixels, (index, right, down) => {
        const light = right * rightwards + down * downwards;
        for (let offset = index * channels; offset < index * channels + 3; offset++) {
          data[offset] = level((grayscale ? MIDDLE : (data[offset] ?? 0)) + light);
        }
      });
    });
  },
});

function level(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), 255);
}
