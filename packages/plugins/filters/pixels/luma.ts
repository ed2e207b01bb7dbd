import type { Pixels } from "./change_pixels.ts";
import type { ColorRow } from "./color_matrix.ts";

/** The contributions of red, green and blue to lightness, by Rec. ITU-R BT.709. */
export const LUMA_WEIGHTS: ColorRow = [0.2126, 0.7152, 0.0722];

const [RED, GREEN, BLUE] = LUMA_WEIGHTS;

/** Returns the luma of a colour, in the units of its channels. */
export function luma(red: number, green: number, blue: number): number {
  return RED * red + GREEN * green + BLUE * blue;
}

/** Returns the luma of each pixel from 0 to 255, as it appears on black, so that outlines of opaque areas are edges too. */
export function lumaPlane({ data, width, height, channels }: Pixels): Uint8ClampedArray {
  const plane = new Uint8ClampedArray(width * height);
  for (let index = 0, offset = 0; index < plane.length; index++, offset += channels) {
    const straight = luma(data[offset] ?? 0, data[offset + 1] ?? 0, data[offset + 2] ?? 0);
    plane[index] = channels === 4 ? (straight * (data[offset + 3] ?? 0)) / 255 : straight;
  }
  return plane;
}
