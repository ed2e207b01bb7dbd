import { COMPASS } from "@progimage/core/plugin";

/** Gravities that depend on the pixels: `attention` keeps the most eye-catching part, `entropy` the part with the most detail. */
export const STRATEGIES = ["attention", "entropy"] as const;

/** A point of the compass, a strategy, or the focal point of the image. */
export const ANCHORS = [...COMPASS, ...STRATEGIES, "focal"] as const;

/** Gravities for a position that no pixels determine. */
export const PLACES = [...COMPASS, "focal"] as const;

export type Gravity = (typeof ANCHORS)[number];

/** Whether a gravity depends on the pixels. */
export function isStrategy(gravity: Gravity): gravity is (typeof STRATEGIES)[number] {
  return gravity === "attention" || gravity === "entropy";
}
