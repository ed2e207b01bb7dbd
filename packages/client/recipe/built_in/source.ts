// Generated from the transforms' declarations: bun run docs writes it.

/** Keeps all frames of an animation, or only the first. */
export interface AnimateParams {
  /** false: the result is a still of the first frame, also as GIF and WebP. @default {true} */
  readonly animate?: boolean;
}

/** Turns the image as its camera noted, or leaves it as it is stored. */
export interface OrientParams {
  /** false: pixels as they are stored; compress=metadata:all then keeps the note. @default {true} */
  readonly orient?: boolean;
}

/** Opens one page of a TIFF, or one frame of an animation. */
export interface PageParams {
  /** Its number, from 1. A whole number from 1 to 100000. @default {1} */
  readonly page?: number;
}
