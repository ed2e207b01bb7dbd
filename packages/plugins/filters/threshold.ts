import { boolean, defineTransform, integer } from "@progimage/core/plugin";
import { type Pixels, changePixels } from "./pixels/change_pixels.ts";
import { applyColorTable, colorTable } from "./pixels/color_table.ts";
import { luma } from "./pixels/luma.ts";

/** Linear light by coded value, by IEC 61966-2-1 (sRGB). */
const LIGHT = Float64Array.from({ length: 256 }, (_, value) => lightOf(value / 255));

/** Reduces the image to black and white. Keeps alpha, which sharp's own threshold would compare too. */
export const threshold = defineTransform({
  name: "threshold",
  version: 1,
  summary: "Leaves nothing but black and white",
  params: {
    value: integer({ min: 0, max: 255, default: 128, summary: "The darkest level that becomes white" }),
    grayscale: boolean({
      default: true,
      summary: "Compares the luminance; else red, green and blue each by itself, which leaves eight colours",
    }),
  },
  examples: ["threshold=110", "threshold=128,grayscale:false"],
  shorthand: "value",
  frames: "all",
  apply: async (image, { value, grayscale }, context) => {
    if (grayscale) return await changePixels(image, context, (pixels) => compareLuminance(pixels, value));
    return await applyColorTable(
      image,
      context,
      colorTable((level) => (level >= value / 255 ? 1 : 0)),
    );
  },
});

function compareLuminance({ data, channels }: Pixels, value: number): void {
  const light = (offset: number) => LIGHT[data[offset] ?? 0] ?? 0;
  // The weighted sum of a grey may be slightly less than its light.
  const least = (LIGHT[value] ?? 0) - 1e-9;
  for (let offset = 0; offset < data.length; offset += channels) {
    const level = luma(light(offset), light(offset + 1), light(offset + 2)) >= least ? 255 : 0;
    data[offset] = level;
    data[offset + 1] = level;
    data[offset + 2] = level;
  }
}

function lightOf(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
