import type { Size } from "@progimage/core/plugin";

/** The requested size of a thumbnail. */
export interface ThumbnailWish {
  readonly width: number;
  readonly height: number;
  readonly enlarge: boolean;
  readonly dpr: number;
}

/** The sizes of a thumbnail: the image is scaled, then the result is cut out of it. */
export interface ThumbnailLayout {
  readonly scaled: Size;
  readonly result: Size;
}

/** A rectangle in pixels. */
export interface Area extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * Computes the sizes of a thumbnail. Without `enlarge`, an image that would have to grow gives the largest box of the same proportions that
 * fits in it.
 */
export function thumbnailLayout(input: Size, wish: ThumbnailWish): ThumbnailLayout {
  const result = resultSize(input, wish);
  const factor = Math.max(result.width / input.width, result.height / input.height);
  const scaled = {
    width: Math.max(result.width, Math.round(input.width * factor)),
    height: Math.max(result.height, Math.round(input.height * factor)),
  };
  return { scaled, result };
}

/**
 * Returns the part of a scaled image whose centre is as close as possible to a point, given in fractions. Rounds halves up, as sharp does.
 */
export function areaAround(
  point: { readonly x: number; readonly y: number },
  { scaled, result }: ThumbnailLayout,
): Area {
  return {
    left: startAround(point.x, scaled.width, result.width),
    top: startAround(point.y, scaled.height, result.height),
    ...result,
  };
}

function resultSize(input: Size, { width, height, enlarge, dpr }: ThumbnailWish): Size {
  const wide = width * dpr;
  const high = height * dpr;
  const share = enlarge ? 1 : Math.min(1, input.width / wide, input.height / high);
  return { width: Math.max(1, Math.round(wide * share)), height: Math.max(1, Math.round(high * share)) };
}

function startAround(fraction: number, whole: number, length: number): number {
  const start = Math.round(fraction * whole - length / 2);
  return Math.min(Math.max(start, 0), whole - length);
}
