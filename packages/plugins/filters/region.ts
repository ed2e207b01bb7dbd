import { ProgImageError, type Size } from "@progimage/core/plugin";

/** What pixels or per cent a region is given in. */
export const UNITS = ["pixels", "percent"] as const;

/** What is asked of a region. */
export interface RegionWish {
  readonly x: number;
  readonly y: number;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly unit: (typeof UNITS)[number];
}

/** A rectangle of whole pixels inside an image. */
export interface Region extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * Computes the region as far as it lies in the image, rounded to whole pixels. A side that is not given reaches to the edge.
 *
 * @throws {ProgImageError} `invalid_parameter` for a region that has no pixel in the image
 */
export function regionOf(size: Size, { x, y, width, height, unit }: RegionWish): Region {
  const horizontal = overlap(x, width, size.width, unit);
  const vertical = overlap(y, height, size.height, unit);
  if (horizontal.length > 0 && vertical.length > 0) {
    return { left: horizontal.start, top: vertical.start, width: horizontal.length, height: vertical.length };
  }
  const message = `Cannot find the region as it must have a pixel in the image of ${size.width} × ${size.height}: it begins at ${x}, ${y} ${unit}`;
  throw new ProgImageError("invalid_parameter", message, {
    details: { parameter: horizontal.length > 0 ? "y" : "x" },
  });
}

function overlap(
  from: number,
  length: number | undefined,
  whole: number,
  unit: RegionWish["unit"],
): { readonly start: number; readonly length: number } {
  const scale = unit === "percent" ? whole / 100 : 1;
  const start = Math.max(Math.round(from * scale), 0);
  const end = length === undefined ? whole : Math.min(Math.round((from + length) * scale), whole);
  return { start, length: end - start };
}
