import type { Position, Size } from "@progimage/core/plugin";

/** The requested shadow, in pixels. */
export interface ShadowWish {
  readonly sigma: number;
  readonly x: number;
  readonly y: number;
}

/** The canvas of an image with its shadow, and the positions of both. */
export interface ShadowLayout {
  readonly canvas: Size;
  readonly image: Position;
  readonly shadow: Position;
}

/** How far a blur reaches, in standard deviations: beyond, less than one level of 8 bits is left. */
const REACH = 3;

/** Computes the smallest canvas that holds an image and all of its shadow. */
export function shadowLayout({ width, height }: Size, { sigma, x, y }: ShadowWish): ShadowLayout {
  const reach = Math.ceil(REACH * sigma);
  const [right, down] = [Math.round(x), Math.round(y)];
  const image = { left: Math.max(0, reach - right), top: Math.max(0, reach - down) };
  return {
    canvas: {
      width: image.left + width + Math.max(0, reach + right),
      height: image.top + height + Math.max(0, reach + down),
    },
    image,
    shadow: { left: image.left + right, top: image.top + down },
  };
}
