import type { Area } from "./crop_area.ts";

/** Pixels of 8 bits a channel: red, green, blue, and possibly alpha. */
export interface RawPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/** Red, green, blue and alpha from 0 to 255, premultiplied: transparent pixels have no colour. */
export type Premultiplied = readonly [red: number, green: number, blue: number, alpha: number];

/** Returns the colour of the upper left pixel. */
export function cornerColor({ data, channels }: RawPixels): Premultiplied {
  const [red = 0, green = 0, blue = 0, alpha = 255] = data.subarray(0, channels);
  return premultiply([red, green, blue, alpha]);
}

/** Multiplies colours by their alpha. */
export function premultiply([red, green, blue, alpha]: Premultiplied): Premultiplied {
  const opacity = alpha / 255;
  return [red * opacity, green * opacity, blue * opacity, alpha];
}

/**
 * Returns the smallest box around all pixels that differ from a colour by more than a threshold, from 0 to 255, in any channel. Scans from
 * the edges inwards, without reading the pixels inside.
 *
 * @returns `null` if no pixel differs
 */
export function trimBox(pixels: RawPixels, color: Premultiplied, threshold: number): Area | null {
  const { data, width, height, channels } = pixels;
  const [red, green, blue, alpha] = color;
  const hasAlpha = channels === 4;

  function differs(x: number, y: number): boolean {
    const offset = (y * width + x) * channels;
    const opacity = hasAlpha ? at(offset + 3) : 255;
    const share = opacity / 255;
    return (
      Math.abs(opacity - alpha) > threshold ||
      Math.abs(at(offset) * share - red) > threshold ||
      Math.abs(at(offset + 1) * share - green) > threshold ||
      Math.abs(at(offset + 2) * share - blue) > threshold
    );
  }

  function at(index: number): number {
    return data[index] ?? 0;
  }

  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    let x = 0;
    // Reads the whole row if no pixel was found yet, or if the row is border.
    while (x < width && !differs(x, y)) x++;
    if (x === width) continue;
    if (bottom < 0) top = y;
    bottom = y;
    if (x < left) left = x;
    let end = width - 1;
    while (end > right && !differs(end, y)) end--;
    if (end > right) right = end;
  }
  return bottom < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}
