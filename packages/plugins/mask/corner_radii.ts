import type { Size } from "@progimage/core/plugin";

/** The radius of a corner: pixels, or `max` for half of the short side. */
export type Radius = number | "max";

/** The requested corners of a rectangle. */
export interface CornerWish {
  /** The radius of all corners; `auto` is a tenth of the short side. */
  readonly radius: Radius | "auto";
  readonly topLeft?: Radius | undefined;
  readonly topRight?: Radius | undefined;
  readonly bottomRight?: Radius | undefined;
  readonly bottomLeft?: Radius | undefined;
}

/** Radii in pixels, clockwise from the top left corner. */
export type CornerRadii = readonly [number, number, number, number];

/**
 * Returns the radii of a rectangle's corners in pixels. If two radii exceed the side between them, all shrink by the same factor, as in CSS
 * (Backgrounds and Borders Level 3, § 4.5).
 */
export function cornerRadii({ width, height }: Size, wish: CornerWish): CornerRadii {
  const short = Math.min(width, height);
  const pixels = (radius: Radius | "auto") =>
    radius === "max" ? short / 2 : radius === "auto" ? short / 10 : radius;
  const topLeft = pixels(wish.topLeft ?? wish.radius);
  const topRight = pixels(wish.topRight ?? wish.radius);
  const bottomRight = pixels(wish.bottomRight ?? wish.radius);
  const bottomLeft = pixels(wish.bottomLeft ?? wish.radius);
  const factor = Math.min(
    1,
    width / Math.max(topLeft + topRight, bottomLeft + bottomRight),
    height / Math.max(topLeft + bottomLeft, topRight + bottomRight),
  );
  return [topLeft * factor, topRight * factor, bottomRight * factor, bottomLeft * factor];
}
