import type { Position, Size } from "@progimage/core/plugin";
import { type Anchor, canvasPosition } from "./anchor.ts";
import { smallestAround } from "./aspect.ts";

/** The requested padding: borders in pixels, or a canvas. */
export interface PadWish extends Anchor {
  readonly all: number | undefined;
  readonly top: number | undefined;
  readonly right: number | undefined;
  readonly bottom: number | undefined;
  readonly left: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Width over height. */
  readonly aspect: number | undefined;
}

/** The canvas, and the position of the image on it. */
export interface PadLayout extends Position {
  readonly canvas: Size;
}

/**
 * Computes the canvas and the position of the image. With borders, the canvas is larger by them. Otherwise it is the smallest one that
 * contains the image, has at least the requested width and height, and has the requested proportions.
 */
export function padLayout(input: Size, wish: PadWish): PadLayout {
  const { all = 0, top = all, right = all, bottom = all, left = all } = wish;
  if (top + right + bottom + left > 0) {
    return { canvas: { width: left + input.width + right, height: top + input.height + bottom }, left, top };
  }
  const least = {
    width: Math.max(input.width, wish.width ?? 0),
    height: Math.max(input.height, wish.height ?? 0),
  };
  const canvas = wish.aspect === undefined ? least : smallestAround(least, wish.aspect);
  return { canvas, ...canvasPosition(canvas, input, wish) };
}
