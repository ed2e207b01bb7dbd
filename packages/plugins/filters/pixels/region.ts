import { length, type Length, pixelsOf, ProgImageError, type Size } from "@progimage/core/plugin";

const MOST = 16_383;

/** The parameters of a region; without them it is the whole image. */
export const REGION_PARAMS = {
  x: length({ min: -MOST, max: MOST, default: 0, summary: "Where the region begins, from the left" }),
  y: length({ min: -MOST, max: MOST, default: 0, summary: "Where the region begins, from the top" }),
  width: length({
    min: 0,
    max: MOST,
    optional: true,
    summary: "Width of the region; to the edge where it is not given",
  }),
  height: length({
    min: 0,
    max: MOST,
    optional: true,
    summary: "Height of the region; to the edge where it is not given",
  }),
};

/** The requested region. */
export interface RegionWish {
  readonly x: Length;
  readonly y: Length;
  readonly width: Length | undefined;
  readonly height: Length | undefined;
}

/** A rectangle of whole pixels inside an image. */
export interface Region extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * Returns the part of the region inside the image, rounded to whole pixels. A side that is not given extends to the edge.
 *
 * @throws {ProgImageError} `invalid_parameter` for a region without a pixel in the image
 */
export function regionOf(size: Size, { x, y, width, height }: RegionWish): Region {
  const horizontal = overlap(x, width, size.width);
  const vertical = overlap(y, height, size.height);
  if (horizontal.length > 0 && vertical.length > 0) {
    return { left: horizontal.start, top: vertical.start, width: horizontal.length, height: vertical.length };
  }
  const message = `Cannot find the region as it must have a pixel in the image of ${size.width} × ${size.height}: it begins at ${x}, ${y}`;
  throw new ProgImageError("invalid_parameter", message, {
    details: { parameter: horizontal.length > 0 ? "y" : "x" },
  });
}

function overlap(
  from: Length,
  length: Length | undefined,
  whole: number,
): { readonly start: number; readonly length: number } {
  const first = pixelsOf(from, whole);
  const start = Math.max(Math.round(first), 0);
  const end = length === undefined ? whole : Math.min(Math.round(first + pixelsOf(length, whole)), whole);
  return { start, length: end - start };
}

/** Whether a region is the whole image. */
export function isWhole(region: Region, { width, height }: Size): boolean {
  return region.width === width && region.height === height;
}
