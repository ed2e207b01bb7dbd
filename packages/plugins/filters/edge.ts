import { boolean, defineTransform, number } from "@progimage/core/plugin";
import { changePixels } from "./pixels/change_pixels.ts";
import { lumaPlane } from "./pixels/luma.ts";
import { visitSlopes } from "./pixels/slopes.ts";

/** Shows the slope of the luma, by Sobel's kernels. Keeps alpha. */
export const edge = defineTransform({
  name: "edge",
  version: 1,
  summary: "Leaves the edges, bright on black",
  params: {
    amount: number({
      min: 0.1,
      max: 20,
      default: 2,
      summary: "The factor of slopes: at 1 an edge between black and white is white",
    }),
    invert: boolean({ default: false, summary: "Draws dark on white" }),
  },
  examples: ["edge=2", "edge=3,invert"],
  shorthand: "amount",
  apply: async (image, { amount, invert }, context) =>
    await changePixels(image, context, (pixels) => {
      const { data, channels } = pixels;
      visitSlopes(lumaPlane(pixels), pixels, (index, right, down) => {
        const level = Math.min(Math.round(amount * Math.sqrt(right * right + down * down)), 255);
        const shade = invert ? 255 - level : level;
        data[index * channels] = shade;
        data[index * channels + 1] = shade;
        data[index * channels + 2] = shade;
      });
    }),
});
