import type { Derivative } from "./derivative_cache.ts";

/** A derivative, and what it has taken to get it. */
export interface RenderedImage {
  readonly derivative: Derivative;
  /** `null` for one that was kept from before. */
  readonly timing: RenderTiming | null;
}

/** How long the parts of a render took, in milliseconds. */
export interface RenderTiming {
  /** Waiting for a render process. */
  readonly queue: number;
  /** Getting the bytes of the images. */
  readonly load: number;
  /** Decoding, transforming, encoding. */
  readonly render: number;
  /** Keeping the result. */
  readonly store: number;
}
