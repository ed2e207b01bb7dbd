import { type Compass, moveInward, type Position, positionInside, type Size } from "@progimage/core/plugin";

/** The requested position: a point of the compass, and pixels inward from its edges, or right and down from the centre. */
export interface Placement {
  readonly gravity: Compass;
  readonly x: number;
  readonly y: number;
}

/** Returns the position of one box in another; negative if it begins outside. */
export function placeInside(outer: Size, inner: Size, { gravity, x, y }: Placement): Position {
  return moveInward(positionInside(outer, inner, gravity), gravity, { x, y });
}
