import type { Size } from "@progimage/core/plugin";
import type { Pixels } from "./change_pixels.ts";
import { luma } from "./luma.ts";

/** Options for {@linkcode toneTiles}. The size of tiles is approximate. */
export interface ToneTilesOptions extends Size {
  /** The limit of a tone curve's slope. */
  readonly slope: number;
}

const LEVELS = 256;

/** The number of bisections that find the clipping point, to a sixtieth of a level's even share. */
const CLIP_ROUNDS = 14;

/**
 * Computes a tone curve for each tile of an image: its clipped histogram, summed up. Ignores transparent pixels.
 *
 * @returns the new luma for a luma from 0 to 255 at a pixel, interpolated between the centres of the four tiles around it
 */
export function toneTiles(
  pixels: Pixels,
  { width, height, slope }: ToneTilesOptions,
): (x: number, y: number, tone: number) => number {
  const columns = axis(pixels.width, width);
  const rows = axis(pixels.height, height);
  const curves = new Uint8ClampedArray(columns.count * rows.count * LEVELS);
  for (let row = 0; row < rows.count; row++) {
    for (let column = 0; column < columns.count; column++) {
      const histogram = histogramOf(
        pixels,
        [columns.start(column), columns.start(column + 1)],
        [rows.start(row), rows.start(row + 1)],
      );
      const start = (row * columns.count + column) * LEVELS;
      writeCurve(curves.subarray(start, start + LEVELS), histogram, slope);
    }
  }
  const at = (column: number, row: number, tone: number) =>
    curves[(row * columns.count + column) * LEVELS + tone] ?? 0;
  return (x, y, tone) => {
    const left = columns.before[x] ?? 0;
    const top = rows.before[y] ?? 0;
    const right = Math.min(left + 1, columns.count - 1);
    const bottom = Math.min(top + 1, rows.count - 1);
    const horizontal = columns.fraction[x] ?? 0;
    const upper = mix(at(left, top, tone), at(right, top, tone), horizontal);
    const lower = mix(at(left, bottom, tone), at(right, bottom, tone), horizontal);
    return mix(upper, lower, rows.fraction[y] ?? 0);
  };
}

interface Axis {
  readonly count: number;
  /** Returns the first pixel of a tile. */
  readonly start: (tile: number) => number;
  /** For each pixel, the last tile whose centre is not after it. */
  readonly before: Uint16Array;
  /** For each pixel, its fraction of the distance from that centre to the next. */
  readonly fraction: Float32Array;
}

/** Divides a side into tiles that differ by at most one pixel. */
function axis(length: number, tileLength: number): Axis {
  const count = Math.max(1, Math.round(length / tileLength));
  const positions = Float32Array.from({ length }, (_, pixel) =>
    Math.min(Math.max(((pixel + 0.5) * count) / length - 0.5, 0), count - 1),
  );
  return {
    count,
    start: (tile) => Math.floor((tile * length) / count),
    before: Uint16Array.from(positions),
    fraction: positions.map((position) => position % 1),
  };
}

type Span = readonly [start: number, end: number];

function histogramOf(
  { data, width, channels }: Pixels,
  [left, right]: Span,
  [top, bottom]: Span,
): Uint32Array {
  const histogram = new Uint32Array(LEVELS);
  for (let y = top; y < bottom; y++) {
    const end = (y * width + right) * channels;
    for (let offset = (y * width + left) * channels; offset < end; offset += channels) {
      if (channels === 4 && data[offset + 3] === 0) continue;
      const tone = Math.round(luma(data[offset] ?? 0, data[offset + 1] ?? 0, data[offset + 2] ?? 0));
      histogram[tone] = (histogram[tone] ?? 0) + 1;
    }
  }
  return histogram;
}

/** Sums up a histogram, clipped so that no level exceeds its limit. Without any pixel, the curve changes nothing. */
function writeCurve(curve: Uint8ClampedArray, histogram: Uint32Array, slope: number): void {
  const total = clippedSum(histogram, Infinity);
  const clip = clipOf(histogram, total, slope);
  const spread = (total - clippedSum(histogram, clip)) / LEVELS;
  let sum = 0;
  for (let tone = 0; tone < LEVELS; tone++) {
    const share = Math.min(histogram[tone] ?? 0, clip) + spread;
    // The centre of a level's share. With it, even shares, such as those of a slope of 1, leave each level unchanged.
    curve[tone] = total === 0 ? tone : ((sum + share / 2) * LEVELS) / total - 0.5;
    sum += share;
  }
}

/** Finds the clipping point. The clipped excess is spread over all levels and must not raise any above the limit. */
function clipOf(histogram: Uint32Array, total: number, slope: number): number {
  const limit = (slope * total) / LEVELS;
  let [low, high] = [0, total];
  for (let round = 0; round < CLIP_ROUNDS; round++) {
    const clip = (low + high) / 2;
    if (clip + (total - clippedSum(histogram, clip)) / LEVELS > limit) high = clip;
    else low = clip;
  }
  return low;
}

function clippedSum(histogram: Uint32Array, clip: number): number {
  let sum = 0;
  for (let tone = 0; tone < LEVELS; tone++) sum += Math.min(histogram[tone] ?? 0, clip);
  return sum;
}

function mix(from: number, to: number, amount: number): number {
  return from + (to - from) * amount;
}
