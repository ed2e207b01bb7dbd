import { type Length, pixelsOf, ProgImageError, type Size, type Position } from "@progimage/core/plugin";
import { type Anchor, cutPosition } from "./anchor.ts";
import { largestInside } from "./aspect.ts";

/** The requested crop. */
export interface CropWish extends Anchor {
  readonly width: Length | undefined;
  readonly height: Length | undefined;
  readonly x: Length | undefined;
  readonly y: Length | undefined;
  /** Width over height. */
  readonly aspect: number | undefined;
}

/** A rectangle in pixels. */
export interface Area extends Size, Position {}

/**
 * Returns the area that a crop keeps. Its box is at `x` and `y` if one of them is given, else placed by gravity. It is limited to the
 * image, and its edges are rounded to whole pixels. A side that is not given extends to the edge, or over the whole image. With an aspect,
 * the area is the largest box of these proportions inside that box.
 *
 * @throws {ProgImageError} `invalid_parameter` for a box that is entirely outside
 */
export function cropArea(size: Size, wish: CropWish): Area {
  const { width, height, x, y, aspect } = wish;
  const horizontal = overlap(size.width, { from: x, length: width });
  const vertical = overlap(size.height, { from: y, length: height });
  if (horizontal === null || vertical === null) {
    const message = `Cannot carry out "crop" as its box lies outside the image: it begins at ${x ?? 0}, ${y ?? 0}, and the image has ${size.width} × ${size.height} pixels`;
    throw new ProgImageError("invalid_parameter", message, {
      details: { parameter: horizontal === null ? "x" : "y" },
    });
  }
  const room = { width: horizontal.length, height: vertical.length };
  const box = aspect === undefined ? room : largestInside(room, aspect);
  if (x === undefined && y === undefined) return { ...box, ...cutPosition(size, box, wish) };
  return { ...box, left: horizontal.start, top: vertical.start };
}

interface Span {
  readonly from: Length | undefined;
  readonly length: Length | undefined;
}

/** Returns the part of a span inside the image: at least one pixel, or `null` if there is none. */
function overlap(
  whole: number,
  { from = 0, length = Infinity }: Span,
): { readonly start: number; readonly length: number } | null {
  const first = pixelsOf(from, whole);
  const begin = Math.max(first, 0);
  const end = Math.min(first + pixelsOf(length, whole), whole);
  if (end <= begin) return null;
  const start = Math.min(Math.round(begin), whole - 1);
  return { start, length: Math.max(1, Math.round(end) - start) };
}
