import type { RenderTiming } from "@progimage/core";

/** The value for an image that did not have to be rendered. */
export const HIT = "hit";

/** Returns the `Server-Timing` of a render, in milliseconds. @see https://www.w3.org/TR/server-timing/ */
export function serverTiming(timing: RenderTiming | null): string {
  if (!timing) return HIT;
  const { queue, load, render, store } = timing;
  return Object.entries({ queue, load, render, store })
    .map(([name, duration]) => `${name};dur=${duration.toFixed(1)}`)
    .join(", ");
}
