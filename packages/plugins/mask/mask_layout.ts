import type { Size, Compass } from "@progimage/core/plugin";
import { type Box, boxInside } from "./box.ts";

/** How a mask is fitted to an image. */
export const FITS = ["fill", "cover", "contain"] as const;

export type Fit = (typeof FITS)[number];

/** Options for {@linkcode maskLayout}. */
export interface MaskLayoutOptions {
  readonly fit: Fit;
  readonly gravity: Compass;
}

/** The part of a mask that is scaled to a part of an image. */
export interface MaskLayout {
  /** The part of the mask, in its pixels. */
  readonly from: Box;
  /** The part of the image, in its pixels. */
  readonly to: Box;
}

/** Returns which part of a mask is scaled to which part of an image. */
export function maskLayout(mask: Size, image: Size, { fit, gravity }: MaskLayoutOptions): MaskLayout {
  const part = fit === "cover" ? largestInside(mask, image) : mask;
  const place = fit === "contain" ? largestInside(image, mask) : image;
  return { from: boxInside(mask, part, gravity), to: boxInside(image, place, gravity) };
}

/** Returns the size at which a mask is read: its own, or smaller if the image cannot show more of it. */
export function neededSize(mask: Size, image: Size, fit: Fit): Size {
  const horizontal = Math.min(1, image.width / mask.width);
  const vertical = Math.min(1, image.height / mask.height);
  if (fit === "fill") return scaled(mask, horizontal, vertical);
  const scale = fit === "cover" ? Math.max(horizontal, vertical) : Math.min(horizontal, vertical);
  return scaled(mask, scale, scale);
}

/** Returns the largest size inside another with the given proportions, in whole pixels. */
function largestInside(outer: Size, proportions: Size): Size {
  const scale = Math.min(outer.width / proportions.width, outer.height / proportions.height);
  const { width, height } = scaled(proportions, scale, scale);
  return { width: Math.min(outer.width, width), height: Math.min(outer.height, height) };
}

function scaled({ width, height }: Size, horizontal: number, vertical: number): Size {
  return {
    width: Math.max(1, Math.round(width * horizontal)),
    height: Math.max(1, Math.round(height * vertical)),
  };
}
