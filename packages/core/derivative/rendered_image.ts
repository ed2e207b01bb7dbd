import type { Derivative } from "./derivative_cache.ts";

/** A derivative, and the time it took to render. */
export interface RenderedImage {
  readonly derivative: Derivative;
  /** `null` for a cache hit. */
  readonly timing: RenderTiming | null;
}

/** How long the parts of a render took, in milliseconds. */
export interface RenderTiming {
  /** Waiting for a render process. */
  readonly queue: number;
  /** Reading the bytes of the images. */
  readonly load: number;
  /** Decoding, transforming, encoding. */
  readonly render: number;
  /** Storing the result in the cache. */
  readonly store: number;
}
