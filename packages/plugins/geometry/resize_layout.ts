import { type Length, pixelsOf, type Size } from "@progimage/core/plugin";

/** How an image is fitted to a box. */
export const FITS = ["inside", "outside", "cover", "contain", "fill"] as const;

/** The requested size. */
export interface ResizeWish {
  readonly width: Length | undefined;
  readonly height: Length | undefined;
  readonly fit: (typeof FITS)[number];
  readonly enlarge: boolean;
  readonly dpr: number;
  /** The least sides of the result, for fits that keep proportions and cut nothing. */
  readonly minWidth?: number | undefined;
  readonly minHeight?: number | undefined;
}

/** The sizes of a resize. */
export interface ResizeLayout {
  /** The size of the whole image after scaling. */
  readonly scaled: Size;
  /** The size after cutting (`cover`) or padding (`contain`); otherwise `scaled`. */
  readonly result: Size;
}

/**
 * Computes the sizes of a resize. A side that is not given follows from the other by the image's proportions. Without `enlarge` no scale is
 * above 1: `cover` then cuts the parts outside the box, and `contain` still pads to the box. Least sides are reached in any case.
 */
export function resizeLayout(input: Size, wish: ResizeWish): ResizeLayout {
  const { fit, enlarge } = wish;
  const box = boxOf(input, wish);
  const horizontal = box.width / input.width;
  const vertical = box.height / input.height;
  if (fit === "fill") {
    const most = enlarge ? Infinity : 1;
    const scaled = scale(input, Math.min(horizontal, most), Math.min(vertical, most));
    return { scaled, result: scaled };
  }
  const wanted = proportionalScale(wish, horizontal, vertical);
  const factor = Math.max(enlarge ? wanted : Math.min(wanted, 1), leastScale(input, wish));
  const scaled = scale(input, factor, factor);
  if (fit === "cover") return { scaled, result: smaller(box, scaled) };
  return { scaled, result: fit === "contain" ? box : scaled };
}

function boxOf(input: Size, { width, height, dpr }: ResizeWish): Size {
  const proportion = input.width / input.height;
  const wide = width === undefined ? undefined : pixelsOf(width, input.width);
  const high = height === undefined ? undefined : pixelsOf(height, input.height);
  return {
    width: pixels((wide ?? (high ?? input.height) * proportion) * dpr),
    height: pixels((high ?? (wide ?? input.width) / proportion) * dpr),
  };
}

function leastScale(input: Size, { minWidth = 0, minHeight = 0, dpr }: ResizeWish): number {
  return Math.max((minWidth * dpr) / input.width, (minHeight * dpr) / input.height);
}

/** A derived side is rounded and must not determine the scale. */
function proportionalScale({ width, height, fit }: ResizeWish, horizontal: number, vertical: number): number {
  if (width === undefined && height === undefined) return 1;
  if (height === undefined) return horizontal;
  if (width === undefined) return vertical;
  return fit === "inside" || fit === "contain"
    ? Math.min(horizontal, vertical)
    : Math.max(horizontal, vertical);
}

function scale(size: Size, horizontal: number, vertical: number): Size {
  return { width: pixels(size.width * horizontal), height: pixels(size.height * vertical) };
}

function smaller(first: Size, second: Size): Size {
  return { width: Math.min(first.width, second.width), height: Math.min(first.height, second.height) };
}

function pixels(length: number): number {
  return Math.max(1, Math.round(length));
}
