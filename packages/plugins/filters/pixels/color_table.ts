import type { StepContext } from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import { changePixels } from "./change_pixels.ts";

/** Tabulates a function from 0–1 to 0–1 for values of 8 bits, rounded and clamped. */
export function colorTable(transfer: (value: number) => number): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: 256 }, (_, value) => 255 * transfer(value / 255));
}

/** Replaces each red, green and blue by its value in a table. Keeps alpha. */
export async function applyColorTable(
  image: Sharp,
  context: StepContext,
  table: Uint8ClampedArray,
): Promise<Sharp> {
  return await changePixels(image, context, ({ data, channels }) => {
    for (let offset = 0; offset < data.length; offset += channels) {
      data[offset] = table[data[offset] ?? 0] ?? 0;
      data[offset + 1] = table[data[offset + 1] ?? 0] ?? 0;
      data[offset + 2] = table[data[offset + 2] ?? 0] ?? 0;
    }
  });
}
