import type { Size } from "../planning/size.ts";

/** The points of a compass: the values that all parameters named `gravity` share. */
export const COMPASS = [
  "center",
  "north",
  "northeast",
  "east",
  "southeast",
  "south",
  "southwest",
  "west",
  "northwest",
] as const;

/** A point of the compass. */
export type Compass = (typeof COMPASS)[number];

/** A position in pixels from the upper left corner. */
export interface Position {
  readonly left: number;
  readonly top: number;
}

/**
 * Returns the position of one box in another; negative if it is larger. Rounds halves as sharp does.
 *
 * @param gravity A point of the compass; any other word is the middle.
 */
export function positionInside(outer: Size, inner: Size, gravity: string): Position {
  return {
    left: share(outer.width - inner.width, gravity.endsWith("west"), gravity.endsWith("east")),
    top: share(outer.height - inner.height, gravity.startsWith("north"), gravity.startsWith("south")),
  };
}

/** Moves a position inward from the edges that its gravity names, by pixels; on an axis without an edge, to the right or down. */
export function moveInward(
  { left, top }: Position,
  gravity: string,
  { x, y }: { readonly x: number; readonly y: number },
): Position {
  return {
    left: gravity.endsWith("east") ? left - x : left + x,
    top: gravity.startsWith("south") ? top - y : top + y,
  };
}

function share(room: number, isAtStart: boolean, isAtEnd: boolean): number {
  if (isAtStart) return 0;
  return isAtEnd ? room : Math.floor((room + 1) / 2);
}
