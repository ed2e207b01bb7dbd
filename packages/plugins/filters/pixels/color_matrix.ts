import type { StageName } from "@progimage/core/plugin";
import type { Sharp } from "sharp";

/** What red, green and blue contribute to one of them. */
export type ColorRow = readonly [red: number, green: number, blue: number];

/** The rows for red, green and blue. */
export type ColorMatrix = readonly [red: ColorRow, green: ColorRow, blue: ColorRow];

/** Changes nothing. */
export const IDENTITY: ColorMatrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** What {@linkcode applyColorMatrix} calls. */
export const COLOR_MATRIX_STAGES: readonly StageName[] = ["recomb", "linear"];

/** Multiplies the colour of each pixel by a matrix and adds an offset, in levels of 8 bits, rounded. Alpha stays. */
export function applyColorMatrix(image: Sharp, matrix: ColorMatrix, offset: ColorRow = [0, 0, 0]): Sharp {
  const [red, green, blue] = matrix;
  // sharp cuts the fraction off.
  const rounding = offset.map((value) => value + 0.5);
  return image.recomb([[...red], [...green], [...blue]]).linear([1, 1, 1], rounding);
}

/** Gives the matrix between two: `from` at 0, `to` at 1, and further on beyond. */
export function mixMatrices(from: ColorMatrix, to: ColorMatrix, amount: number): ColorMatrix {
  const row = (index: 0 | 1 | 2): ColorRow => mixRows(from[index], to[index], amount);
  return [row(0), row(1), row(2)];
}

/** Gives the row between two: `from` at 0, `to` at 1, and further on beyond. */
export function mixRows(from: ColorRow, to: ColorRow, amount: number): ColorRow {
  const mix = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * amount;
  return [mix(0), mix(1), mix(2)];
}
