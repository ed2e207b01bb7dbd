import { type Compass, type Position, positionInside, type Size } from "@progimage/core/plugin";

/** A box in whole pixels, from the upper left corner. */
export interface Box extends Size, Position {}

/** Gives where a box of one size lies in one of another. Halves round as sharp's do. */
export function boxInside(outer: Size, { width, height }: Size, gravity: Compass): Box {
  return { ...positionInside(outer, { width, height }, gravity), width, height };
}
