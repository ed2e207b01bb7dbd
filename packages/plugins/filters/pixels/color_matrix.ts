import type { StageName } from "@progimage/core/plugin";
import type { Sharp } from "sharp";

/** The contributions of red, green and blue to one of them. */
export type ColorRow = readonly [red: number, green: number, blue: number];

/** The rows for red, green and blue. */
export type ColorMatrix = readonly [red: ColorRow, green: ColorRow, blue: ColorRow];

/** The matrix that changes nothing. */
export const IDENTITY: ColorMatrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** The stages of the calls of {@linkcode applyColorMatrix}. */
export const COLOR_MATRIX_STAGES: readonly StageName[] = ["recomb", "linear"];

/** Multiplies the colour of each pixel by a matrix and adds an offset, in levels of 8 bits. Rounds the result and keeps alpha. */
export function applyColorMatrix(image: Sharp, matrix: ColorMatrix, offset: ColorRow = [0, 0, 0]): Sharp {
  const [red, green, blue] = matrix;
  // sharp truncates the result.
  const rounding = offset.map((value) => value + 0.5);
  return image.recomb([[...red], [...green], [...blue]]).linear([1, 1, 1], rounding);
}

/** Interpolates between two matrices: `from` at 0, `to` at 1. Other amounts extrapolate. */
export function mixMatrices(from: ColorMatrix, to: ColorMatrix, amount: number): ColorMatrix {
  const row = (index: 0 | 1 | 2): ColorRow => mixRows(from[index], to[index], amount);
  return [row(0), row(1), row(2)];
}

/** Interpolates between two rows: `from` at 0, `to` at 1. Other amounts extrapolate. */
export function mixRows(from: ColorRow, to: ColorRow, amount: number): ColorRow {
  const mix = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * amount;
  return [mix(0), mix(1), mix(2)];
}
