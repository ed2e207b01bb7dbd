import type { Pixels } from "../picture.ts";

/** Below this share of equal neighbours a picture is a photograph. Measured: photographs have at most 0.66, drawings at least 0.71. */
const MOST_EQUAL = 0.7;
/** The most pixels that are compared, in rows at equal distances. */
const MOST_COMPARED = 250_000;

/**
 * Whether few pixels have the same colour as their left neighbour. Filtered rows make a PNG of such a picture smaller, and one of flat areas
 * larger.
 */
export function looksPhotographic({ data, size, channels, is16Bit = false }: Pixels): boolean {
  const { width, height } = size;
  const bytes = channels * (is16Bit ? 2 : 1);
  const every = Math.max(1, Math.floor((width * height) / MOST_COMPARED));
  let equal = 0;
  let compared = 0;
  for (let y = 0; y < height; y += every) {
    const start = y * width * bytes;
    for (let x = 1; x < width; x++) {
      if (isLikeLeft(data, start + x * bytes, bytes)) equal++;
    }
    compared += width - 1;
  }
  return equal < compared * MOST_EQUAL;
}

function isLikeLeft(data: Buffer, at: number, bytes: number): boolean {
  for (let index = at; index < at + bytes; index++) {
    if (data[index] !== data[index - bytes]) return false;
  }
  return true;
}
