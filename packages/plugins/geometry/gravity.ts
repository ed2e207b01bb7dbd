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

/** Where to, by looking at the pixels: to what draws the eye, or to where most is going on. */
export const STRATEGIES = ["attention", "entropy"] as const;

/** A point of the compass, or a strategy. */
export const GRAVITIES = [...COMPASS, ...STRATEGIES] as const;

export type Gravity = (typeof GRAVITIES)[number];

/** A place in pixels from the upper left corner. */
export interface Position {
  readonly left: number;
  readonly top: number;
}

/** Tells whether a gravity depends on the pixels. */
export function isStrategy(gravity: Gravity): gravity is (typeof STRATEGIES)[number] {
  return gravity === "attention" || gravity === "entropy";
}

/** Gives where a box of one size lies in one of another, by a point of the compass. Halves round as sharp's do. */
export function positionInside(outer: Size, inner: Size, gravity: Gravity): Position {
  return {
    left: share(outer.width - inner.width, gravity.endsWith("west"), gravity.endsWith("east")),
    top: share(outer.height - inner.height, gravity.startsWith("north"), gravity.startsWith("south")),
  };
}

function share(room: number, isAtStart: boolean, isAtEnd: boolean): number {
  if (isAtStart) return 0;
  return isAtEnd ? room : Math.floor((room + 1) / 2);
}
