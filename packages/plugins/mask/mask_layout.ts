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

/** What of a mask lies where on an image. */
export interface MaskLayout {
  /** In pixels of the mask. */
  readonly from: Box;
  /** In pixels of the image. */
  readonly to: Box;
}

/** Gives what of a mask is scaled to what of an image. */
export function maskLayout(mask: Size, image: Size, { fit, gravity }: MaskLayoutOptions): MaskLayout {
  const part = fit === "cover" ? largestInside(mask, image) : mask;
  const place = fit === "contain" ? largestInside(image, mask) : image;
  return { from: boxInside(mask, part, gravity), to: boxInside(image, place, gravity) };
}

/** Gives the size in which a mask is read: its own, or smaller where the image shows no more of it. */
export function neededSize(mask: Size, image: Size, fit: Fit): Size {
  const horizontal = Math.min(1, image.width / mask.width);
  const vertical = Math.min(1, image.height / mask.height);
  if (fit === "fill") return scaled(mask, horizontal, vertical);
  const scale = fit === "cover" ? Math.max(horizontal, vertical) : Math.min(horizontal, vertical);
  return scaled(mask, scale, scale);
}

/** The largest size with the proportions of another that fits, in whole pixels. */
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
