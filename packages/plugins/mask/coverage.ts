import type { Size } from "@progimage/core/plugin";
import type { Box } from "./box.ts";

/** How much of each pixel is kept, row by row, from 0 (nothing) to 255 (all). */
export interface Coverage extends Size {
  readonly values: Uint8Array;
}

/** A value of less than 1 % does not count as covered, because lossy masks have noise. */
const LEAST = 3;

/** Returns the complement. */
export function invertCoverage({ values, ...size }: Coverage): Coverage {
  const inverted = new Uint8Array(values.length);
  for (let pixel = 0; pixel < values.length; pixel++) inverted[pixel] = 255 - (values[pixel] ?? 0);
  return { ...size, values: inverted };
}

/** Returns the smallest box around all covered pixels, or the whole size if there are none. */
export function extentOfCoverage({ width, height, values }: Coverage): Box {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    const row = values.subarray(y * width, (y + 1) * width);
    const first = row.findIndex((value) => value >= LEAST);
    if (first < 0) continue;
    left = Math.min(left, first);
    right = Math.max(
      right,
      row.findLastIndex((value) => value >= LEAST),
    );
    top = Math.min(top, y);
    bottom = y;
  }
  if (bottom < 0) return { left: 0, top: 0, width, height };
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Returns the part of a coverage inside a box. */
export function cropCoverage(coverage: Coverage, { left, top, width, height }: Box): Coverage {
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * coverage.width + left;
    values.set(coverage.values.subarray(start, start + width), y * width);
  }
  return { width, height, values };
}

/** Puts a coverage into a larger one that covers nothing else. */
export function padCoverage(coverage: Coverage, { left, top }: Box, { width, height }: Size): Coverage {
  const values = new Uint8Array(width * height);
  for (let y = 0; y < coverage.height; y++) {
    const row = coverage.values.subarray(y * coverage.width, (y + 1) * coverage.width);
    values.set(row, (top + y) * width + left);
  }
  return { width, height, values };
}
