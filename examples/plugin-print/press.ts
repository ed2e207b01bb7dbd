import type { Size } from "@progimage/core/plugin";
import type { Screen } from "./screen.ts";

/** Pixels in sRGB, 8 bits a channel, row by row. */
export interface Pixels extends Size {
  readonly data: Uint8Array;
  /** The number of channels: 3, or 4 with alpha, which is not premultiplied. */
  readonly channels: number;
}

/** Options for {@linkcode inkLevels}. */
export interface PressOptions {
  readonly screen: Screen;
  /** The width of a tile in pixels. */
  readonly pitch: number;
  /** Degrees by which the screen is rotated, clockwise. */
  readonly angle: number;
  /** Whether to put ink where the image is light. */
  readonly invert: boolean;
}

/** The samples of a pixel: four places on a rotated grid, which makes edges smooth. */
const SAMPLES = [
  [0.375, 0.125],
  [0.875, 0.375],
  [0.125, 0.625],
  [0.625, 0.875],
] as const;

/** The largest value of {@linkcode inkLevels}. */
export const FULL_INK = SAMPLES.length;

/** The side of a tile. Coordinates in it are 32-bit integers, which wrap around like tiles: several times faster than fractions. */
const SIDE = 2 ** 32;

/** Returns the amount of ink of each pixel, from 0 to {@linkcode FULL_INK}. */
export function inkLevels(pixels: Pixels, { screen, pitch, angle, invert }: PressOptions): Uint8Array {
  const { width, height } = pixels;
  const { width: columns, height: rows, thresholds } = screen;
  const radians = (angle * Math.PI) / 180;
  const across = SIDE / pitch;
  const down = (across * columns) / rows;
  const place = (x: number, y: number) => [
    Math.round((x * Math.cos(radians) + y * Math.sin(radians)) * across) | 0,
    Math.round((y * Math.cos(radians) - x * Math.sin(radians)) * down) | 0,
  ];
  const [rightX = 0, rightY = 0] = place(1, 0);
  const [belowX = 0, belowY = 0] = place(0, 1);
  const samples = Int32Array.from(SAMPLES.flatMap(([x, y]) => place(x, y)));
  const levels = new Uint8Array(width * height);
  for (let y = 0, pixel = 0; y < height; y++) {
    let placeX = Math.imul(y, belowX);
    let placeY = Math.imul(y, belowY);
    for (let x = 0; x < width; x++, pixel++) {
      const luma = lumaAt(pixels, pixel);
      const tone = invert ? luma : 1 - luma;
      let level = 0;
      for (let sample = 0; sample < samples.length; sample += 2) {
        const column = (((placeX + (samples[sample] ?? 0)) >>> 16) * columns) >>> 16;
        const row = (((placeY + (samples[sample + 1] ?? 0)) >>> 16) * rows) >>> 16;
        if (tone > (thresholds[row * columns + column] ?? 0)) level++;
      }
      levels[pixel] = level;
      placeX = (placeX + rightX) | 0;
      placeY = (placeY + rightY) | 0;
    }
  }
  return levels;
}

/** Returns the luma by the weights of Rec. 709, from 0 to 1, without linearising the values. */
function lumaAt({ data, channels }: Pixels, pixel: number): number {
  const offset = pixel * channels;
  const red = data[offset] ?? 0;
  const green = data[offset + 1] ?? 0;
  const blue = data[offset + 2] ?? 0;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
