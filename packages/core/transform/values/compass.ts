import type { Size } from "../planning/size.ts";

/** Where to, on a compass: the values that parameters called `gravity` have in common. */
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

/** A place in pixels from the upper left corner. */
export interface Position {
  readonly left: number;
  readonly top: number;
}

/**
 * Gives where a box of one size lies in one of another, or around it: negative then. Halves round as sharp's do.
 *
 * @param gravity A point of the compass; any other word is the middle.
 */
export function positionInside(outer: Size, inner: Size, gravity: string): Position {
  return {
    left: share(outer.width - inner.width, gravity.endsWith("west"), gravity.endsWith("east")),
    top: share(outer.height - inner.height, gravity.startsWith("north"), gravity.startsWith("south")),
  };
}

function share(room: number, isAtStart: boolean, isAtEnd: boolean): number {
  if (isAtStart) return 0;
  return isAtEnd ? room : Math.floor((room + 1) / 2);
}
