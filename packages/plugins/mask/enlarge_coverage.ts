import type { Size } from "@progimage/core/plugin";
import type { Coverage } from "./coverage.ts";

/**
 * Enlarges a coverage by cubic convolution (R. Keys, 1981, a = −1/2). Keeps centres in place: libvips shifts enlargements by half a pixel
 * to the right and down, and Lanczos adds bright rings around edges.
 */
export function enlargeCoverage(coverage: Coverage, { width, height }: Size): Coverage {
  if (coverage.width === width && coverage.height === height) return coverage;
  const values = enlargeDown(enlargeAcross(coverage, width), height);
  return { width, height, values: new Uint8Array(values.buffer) };
}

/** Rounds the values written to it, and clamps them to 0–255. */
interface Rows extends Size {
  readonly values: Uint8ClampedArray;
}

function enlargeAcross({ width, height, values }: Coverage, wanted: number): Rows {
  const enlarged = new Uint8ClampedArray(wanted * height);
  for (let x = 0; x < wanted; x++) {
    const { indexes, weights } = tapsOf(x, width, wanted);
    const [first, second, third, fourth] = indexes;
    const [one, two, three, four] = weights;
    for (let y = 0; y < height; y++) {
      const row = y * width;
      enlarged[y * wanted + x] =
        (values[row + first] ?? 0) * one +
        (values[row + second] ?? 0) * two +
        (values[row + third] ?? 0) * three +
        (values[row + fourth] ?? 0) * four;
    }
  }
  return { width: wanted, height, values: enlarged };
}

function enlargeDown({ width, height, values }: Rows, wanted: number): Uint8ClampedArray {
  const enlarged = new Uint8ClampedArray(width * wanted);
  for (let y = 0; y < wanted; y++) {
    const { indexes, weights } = tapsOf(y, height, wanted);
    const [first, second, third, fourth] = indexes;
    const [one, two, three, four] = weights;
    for (let x = 0; x < width; x++) {
      enlarged[y * width + x] =
        (values[first * width + x] ?? 0) * one +
        (values[second * width + x] ?? 0) * two +
        (values[third * width + x] ?? 0) * three +
        (values[fourth * width + x] ?? 0) * four;
    }
  }
  return enlarged;
}

type Four = readonly [number, number, number, number];

/** Returns the four source pixels of a pixel in a row that is scaled from one length to another, and their weights. */
function tapsOf(
  index: number,
  length: number,
  wanted: number,
): { readonly indexes: Four; readonly weights: Four } {
  const place = ((index + 0.5) * length) / wanted - 0.5;
  const start = Math.floor(place);
  const inside = (neighbour: number) => Math.min(length - 1, Math.max(0, neighbour));
  return {
    indexes: [inside(start - 1), inside(start), inside(start + 1), inside(start + 2)],
    weights: cubicWeights(place - start),
  };
}

function cubicWeights(t: number): Four {
  const [square, cube] = [t * t, t * t * t];
  return [
    (-cube + 2 * square - t) / 2,
    (3 * cube - 5 * square + 2) / 2,
    (-3 * cube + 4 * square + t) / 2,
    (cube - square) / 2,
  ];
}
