import { box, defineTransform, integer, number } from "@progimage/core/plugin";
import { changePixels } from "./pixels/change_pixels.ts";
import { luma } from "./pixels/luma.ts";
import { toneTiles } from "./pixels/tone_tiles.ts";

/**
 * Equalises the histogram of the luma tile by tile and keeps the chroma, by contrast limited adaptive histogram equalization (K.
 * Zuiderveld, Graphics Gems IV, 1994). sharp's own treats each channel separately, including alpha, and takes seconds per megapixel.
 */
export const clahe = defineTransform({
  name: "clahe",
  version: 1,
  summary: "Brings out local contrast, in shadows and lights alike",
  params: {
    width: integer({ min: 16, max: 4096, default: 128, summary: "Width of a tile in pixels, about" }),
    height: integer({ min: 16, max: 4096, default: 128, summary: "Height of a tile in pixels, about" }),
    slope: number({
      min: 1,
      max: 100,
      default: 3,
      summary: "How much contrast may grow: 1 is not at all",
    }),
  },
  examples: ["clahe=80x80", "clahe=40x40,slope:8"],
  shorthand: box(),
  apply: async (image, { width, height, slope }, context) =>
    await changePixels(image, context, (pixels) => {
      const { data, channels } = pixels;
      const toneAt = toneTiles(pixels, { width, height, slope });
      let offset = 0;
      for (let y = 0; y < pixels.height; y++) {
        for (let x = 0; x < pixels.width; x++, offset += channels) {
          const [red, green, blue] = [data[offset] ?? 0, data[offset + 1] ?? 0, data[offset + 2] ?? 0];
          const tone = Math.round(luma(red, green, blue));
          const change = toneAt(x, y, tone) - tone;
          data[offset] = level(red + change);
          data[offset + 1] = level(green + change);
          data[offset + 2] = level(blue + change);
        }
      }
    }),
});

function level(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), 255);
}
