import { ProgImageError, type Size } from "@progimage/core/plugin";
import { type Gravity, type Position, positionInside } from "./gravity.ts";

/** What is asked of a crop. */
export interface CropWish {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly x: number | undefined;
  readonly y: number | undefined;
  readonly gravity: Gravity;
}

/** A rectangle in pixels. */
export interface Area extends Size, Position {}

/**
 * Computes what a crop keeps: the box at `x` and `y` if one of them is given, else by gravity, as far as it lies in the image.
 * A side that is not given reaches to the edge, or all along.
 *
 * @throws {ProgImageError} `invalid_parameter` for a box that lies wholly outside
 */
export function cropArea(size: Size, { width, height, x, y, gravity }: CropWish): Area {
  if (x === undefined && y === undefined) {
    const box = {
      width: Math.min(width ?? size.width, size.width),
      height: Math.min(height ?? size.height, size.height),
    };
    return { ...box, ...positionInside(size, box, gravity) };
  }
  const horizontal = overlap(x ?? 0, width, size.width);
  const vertical = overlap(y ?? 0, height, size.height);
  if (horizontal.length > 0 && vertical.length > 0) {
    return { left: horizontal.start, top: vertical.start, width: horizontal.length, height: vertical.length };
  }
  const message = `Cannot carry out "crop" as its box lies outside the image: it begins at ${x ?? 0}, ${y ?? 0}, and the image has ${size.width} × ${size.height} pixels`;
  throw new ProgImageError("invalid_parameter", message, {
    details: { parameter: horizontal.length > 0 ? "y" : "x" },
  });
}

function overlap(
  from: number,
  length: number | undefined,
  whole: number,
): { readonly start: number; readonly length: number } {
  const start = Math.max(from, 0);
  const end = length === undefined ? whole : Math.min(from + length, whole);
  return { start, length: end - start };
}
