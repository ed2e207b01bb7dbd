import { type FormatsWith, type OutputFormat, outputFacts } from "../transform/output/formats.ts";

/** Pairs of quality and ln(bytes), relative to that at quality 50, by rising quality. */
export type ByteCurve = readonly (readonly [quality: number, logarithm: number])[];

/** The formats in which quality determines the size of a file. */
export type FittingFormat = FormatsWith<"maxBytes">;

/** How bytes grow with quality: medians that `bench/quality_tables.ts` measured over photographs and over generated pictures. */
export const BYTE_CURVES: Readonly<Record<FittingFormat, ByteCurve>> = {
  jpeg: [
    [1, -2.17],
    [2, -2.17],
    [3, -2.16],
    [5, -1.86],
    [7, -1.58],
    [10, -1.25],
    [15, -0.9],
    [20, -0.67],
    [30, -0.35],
    [40, -0.16],
    [50, 0],
    [60, 0.14],
    [70, 0.33],
    [75, 0.44],
    [80, 0.59],
    [85, 0.76],
    [90, 1],
    [93, 1.18],
    [96, 1.47],
    [98, 1.69],
    [100, 2.02],
  ],
  webp: [
    [1, -1.41],
    [2, -1.31],
    [3, -1.23],
    [5, -1.12],
    [7, -1.03],
    [10, -0.9],
    [15, -0.72],
    [20, -0.57],
    [30, -0.35],
    [40, -0.15],
    [50, 0],
    [60, 0.14],
    [70, 0.26],
    [75, 0.32],
    [80, 0.54],
    [85, 0.74],
    [90, 1.04],
    [93, 1.24],
    [96, 1.48],
    [98, 1.62],
    [100, 1.7],
  ],
  avif: [
    [1, -1.98],
    [2, -1.98],
    [3, -1.88],
    [5, -1.88],
    [7, -1.79],
    [10, -1.63],
    [15, -1.49],
    [20, -1.22],
    [30, -0.83],
    [40, -0.43],
    [50, 0],
    [60, 0.34],
    [70, 0.6],
    [75, 0.75],
    [80, 0.93],
    [85, 1.06],
    [90, 1.27],
    [93, 1.39],
    [96, 1.68],
    [98, 1.77],
    [100, 2.14],
  ],
};

/** Whether files of a format can be limited to a number of bytes. */
export function canFitBytes(format: OutputFormat): format is FittingFormat {
  return outputFacts(format).settings.includes("maxBytes");
}

/** Returns the value of a curve at a quality. */
export function valueAt(curve: ByteCurve, quality: number): number {
  const after = curve.findIndex(([end]) => end >= quality);
  const [q1 = 0, v1 = 0] = curve[after] ?? [];
  const [q0 = q1, v0 = v1] = curve[after - 1] ?? [];
  return q1 === q0 ? v1 : v0 + ((quality - q0) / (q1 - q0)) * (v1 - v0);
}
