import { COMPASS } from "@progimage/core/plugin";

/** Gravities that depend on the pixels: `attention` keeps the most eye-catching part, `entropy` the part with the most detail. */
export const STRATEGIES = ["attention", "entropy"] as const;

/** A point of the compass, or a strategy. */
export const GRAVITIES = [...COMPASS, ...STRATEGIES] as const;

export type Gravity = (typeof GRAVITIES)[number];

/** Whether a gravity depends on the pixels. */
export function isStrategy(gravity: Gravity): gravity is (typeof STRATEGIES)[number] {
  return gravity === "attention" || gravity === "entropy";
}
