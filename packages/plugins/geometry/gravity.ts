import { COMPASS } from "@progimage/core/plugin";

/** Where to, by looking at the pixels: to what draws the eye, or to where most is going on. */
export const STRATEGIES = ["attention", "entropy"] as const;

/** A point of the compass, or a strategy. */
export const GRAVITIES = [...COMPASS, ...STRATEGIES] as const;

export type Gravity = (typeof GRAVITIES)[number];

/** Tells whether a gravity depends on the pixels. */
export function isStrategy(gravity: Gravity): gravity is (typeof STRATEGIES)[number] {
  return gravity === "attention" || gravity === "entropy";
}
