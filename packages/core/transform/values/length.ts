import { decimalOf } from "./decimal.ts";

/** A length: pixels, or per cent of the image's width or height. */
export type Length = number | `${number}pct`;

/** The most per cent that a length may have. */
export const MOST_PER_CENT = 1000;

const PER_CENT_REGEXP = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:%|pct)$/;

/** Returns the canonical form of a length in per cent, from `50%` or `50pct`; `null` for any other text. */
export function readPerCent(text: string): Length | null {
  const [, amount] = PER_CENT_REGEXP.exec(text) ?? [];
  // Adding zero turns -0 into 0.
  return amount === undefined ? null : (`${decimalOf(Number(amount) + 0)}pct` as Length);
}

/** Returns the number of a length in per cent, or `null` if it is in pixels. */
export function perCentOf(length: Length): number | null {
  return typeof length === "number" ? null : Number(length.slice(0, -"pct".length));
}

/** Converts a length to pixels along a side of `whole` pixels, without rounding. */
export function pixelsOf(length: Length, whole: number): number {
  const perCent = perCentOf(length);
  return perCent === null ? (length as number) : (perCent * whole) / 100;
}
