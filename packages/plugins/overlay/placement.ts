import { type Compass, type Position, positionInside, type Size } from "@progimage/core/plugin";

/** What is asked of a place: a point of the compass, and pixels from its edges inward, or from the middle right and down. */
export interface Placement {
  readonly gravity: Compass;
  readonly x: number;
  readonly y: number;
}

/** Gives where a box of one size lies in one of another. Negative where it begins outside. */
export function placeInside(outer: Size, inner: Size, { gravity, x, y }: Placement): Position {
  const { left, top } = positionInside(outer, inner, gravity);
  return {
    left: gravity.endsWith("east") ? left - x : left + x,
    top: gravity.startsWith("south") ? top - y : top + y,
  };
}
