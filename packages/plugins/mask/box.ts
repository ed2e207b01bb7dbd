import { type Compass, type Position, positionInside, type Size } from "@progimage/core/plugin";

/** A box in whole pixels, from the upper left corner. */
export interface Box extends Size, Position {}

/** Returns the box of one size inside another. Rounds halves as sharp does. */
export function boxInside(outer: Size, { width, height }: Size, gravity: Compass): Box {
  return { ...positionInside(outer, { width, height }, gravity), width, height };
}
