import { type Primaries, SRGB_PRIMARIES } from "./color_description.ts";

/** Three rows of three numbers. */
export type Matrix = readonly [Row, Row, Row];
/** A row of a {@linkcode Matrix}, or a colour. */
export type Row = readonly [number, number, number];

/** The cone responses of Bradford. @see https://www.color.org/specification/ICC.1-2022-05.pdf annex E */
const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

/** Twice the least area of a triangle of primaries. That of sRGB is 0.22. */
const LEAST_AREA = 0.01;
/** The greatest factor of a conversion to sRGB. That from ProPhoto is 2. */
const MOST_FACTOR = 100;

/** Whether primaries span a triangle around their white, so that colours can be converted from them. */
export function areUsable(primaries: Primaries): boolean {
  const { red, green, blue } = primaries;
  if (Object.values(primaries).some(([x, y]) => !(x >= 0 && y > 0 && x + y <= 1))) return false;
  const area = (green[0] - red[0]) * (blue[1] - red[1]) - (blue[0] - red[0]) * (green[1] - red[1]);
  if (Math.abs(area) < LEAST_AREA) return false;
  const [, luminances] = toXyz(primaries);
  const factors = between(primaries, SRGB_PRIMARIES).flat();
  return luminances.every((share) => share > 0) && factors.every((factor) => Math.abs(factor) <= MOST_FACTOR);
}

/** The matrix from linear RGB to XYZ. @see https://www.itu.int/rec/T-REC-H.273 and SMPTE RP 177 */
export function toXyz({ red, green, blue, white }: Primaries): Matrix {
  const columns = transposed([xyzOf(red), xyzOf(green), xyzOf(blue)]);
  const scales = times(inverse(columns), xyzOf(white));
  return columns.map((row) => row.map((value, index) => value * (scales[index] ?? 0))) as unknown as Matrix;
}

/** The matrix between the linear RGB of two sets of primaries, with the white of one adapted to that of the other. */
export function between(from: Primaries, to: Primaries): Matrix {
  return product(inverse(toXyz(to)), product(adaptation(xyzOf(from.white), xyzOf(to.white)), toXyz(from)));
}

/** The matrix that adapts colours in XYZ from one white to another, by Bradford. */
export function adaptation(from: Row, to: Row): Matrix {
  const [source, target] = [times(BRADFORD, from), times(BRADFORD, to)];
  const scale = (index: 0 | 1 | 2) => target[index] / source[index];
  const scales: Matrix = [
    [scale(0), 0, 0],
    [0, scale(1), 0],
    [0, 0, scale(2)],
  ];
  return product(inverse(BRADFORD), product(scales, BRADFORD));
}

/** The colour in XYZ of a chromaticity, with a luminance of 1. */
export function xyzOf([x, y]: readonly [x: number, y: number]): Row {
  return [x / y, 1, (1 - x - y) / y];
}

/** The product of a matrix and a colour. */
export function times(matrix: Matrix, [a, b, c]: Row): Row {
  return matrix.map(([x, y, z]) => x * a + y * b + z * c) as unknown as Row;
}

/** The product of two matrices. */
export function product(first: Matrix, second: Matrix): Matrix {
  return transposed(transposed(second).map((column) => times(first, column)) as unknown as Matrix);
}

function transposed([a, b, c]: Matrix): Matrix {
  return [
    [a[0], b[0], c[0]],
    [a[1], b[1], c[1]],
    [a[2], b[2], c[2]],
  ];
}

function inverse([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const cofactors: Matrix = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return cofactors.map((row) => row.map((value) => value / determinant)) as unknown as Matrix;
}
