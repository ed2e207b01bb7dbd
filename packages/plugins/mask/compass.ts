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

/** A box in whole pixels, from the upper left corner. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** Gives where a box of one size lies in one of another. Halves round as sharp's do. */
export function boxInside(outer: Size, { width, height }: Size, gravity: Compass): Box {
  return {
    left: share(outer.width - width, gravity.endsWith("west"), gravity.endsWith("east")),
    top: share(outer.height - height, gravity.startsWith("north"), gravity.startsWith("south")),
    width,
    height,
  };
}

function share(room: number, isAtStart: boolean, isAtEnd: boolean): number {
  if (isAtStart) return 0;
  return isAtEnd ? room : Math.floor((room + 1) / 2);
}
