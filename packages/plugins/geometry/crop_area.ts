import { ProgImageError, type Size, type Position, positionInside } from "@progimage/core/plugin";
import { largestInside } from "./aspect.ts";
import type { Gravity } from "./gravity.ts";

/** What lengths are counted in: pixels, or hundredths of the image's width and height. */
export const UNITS = ["px", "percent"] as const;

/** What is asked of a crop. */
export interface CropWish {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly x: number | undefined;
  readonly y: number | undefined;
  readonly unit: (typeof UNITS)[number];
  /** Width over height. */
  readonly aspect: number | undefined;
  readonly gravity: Gravity;
}

/** A rectangle in pixels. */
export interface Area extends Size, Position {}

/**
 * Computes what a crop keeps: the box at `x` and `y` if one of them is given, else by gravity, as far as it lies in the image,
 * its edges rounded to whole pixels. A side that is not given reaches to the edge, or all along. With an aspect, the largest box
 * of these proportions that lies in there.
 *
 * @throws {ProgImageError} `invalid_parameter` for a box that lies wholly outside
 */
export function cropArea(size: Size, wish: CropWish): Area {
  const { width, height, x, y, unit, aspect, gravity } = wish;
  const horizontal = overlap(size.width, { from: x, length: width, unit });
  const vertical = overlap(size.height, { from: y, length: height, unit });
  if (horizontal === null || vertical === null) {
    const message = `Cannot carry out "crop" as its box lies outside the image: it begins at ${x ?? 0}, ${y ?? 0} ${unit}, and the image has ${size.width} × ${size.height} pixels`;
    throw new ProgImageError("invalid_parameter", message, {
      details: { parameter: horizontal === null ? "x" : "y" },
    });
  }
  const room = { width: horizontal.length, height: vertical.length };
  const box = aspect === undefined ? room : largestInside(room, aspect);
  if (x === undefined && y === undefined) return { ...box, ...positionInside(size, box, gravity) };
  return { ...box, left: horizontal.start, top: vertical.start };
}

interface Span {
  readonly from: number | undefined;
  readonly length: number | undefined;
  readonly unit: CropWish["unit"];
}

/** Gives the part of a span that lies in the image: at least one pixel, or `null` for none. */
function overlap(
  whole: number,
  { from = 0, length = Infinity, unit }: Span,
): { readonly start: number; readonly length: number } | null {
  const inPixels = (value: number) => (unit === "percent" ? (value * whole) / 100 : value);
  const begin = Math.max(inPixels(from), 0);
  const end = Math.min(inPixels(from + length), whole);
  if (end <= begin) return null;
  const start = Math.min(Math.round(begin), whole - 1);
  return { start, length: Math.max(1, Math.round(end) - start) };
}
