import type { Size } from "@progimage/core/plugin";

/** Where to, on a compass. */
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

/** What is asked of a place: a point of the compass, and pixels from its edges inward, or from the middle right and down. */
export interface Placement {
  readonly gravity: Compass;
  readonly x: number;
  readonly y: number;
}

/** Gives where a box of one size lies in one of another. Negative where it begins outside. */
export function placeInside(outer: Size, inner: Size, { gravity, x, y }: Placement): Position {
  return {
    left: along(outer.width - inner.width, x, gravity.endsWith("west"), gravity.endsWith("east")),
    top: along(outer.height - inner.height, y, gravity.startsWith("north"), gravity.startsWith("south")),
  };
}

function along(room: number, offset: number, isAtStart: boolean, isAtEnd: boolean): number {
  if (isAtStart) return offset;
  return isAtEnd ? room - offset : Math.floor((room + 1) / 2) + offset;
}
