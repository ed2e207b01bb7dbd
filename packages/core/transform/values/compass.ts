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

function share(room: number, isAtStart: boolean, isAtEnd: boolean): number {
  if (isAtStart) return 0;
  return isAtEnd ? room : Math.floor((room + 1) / 2);
}
