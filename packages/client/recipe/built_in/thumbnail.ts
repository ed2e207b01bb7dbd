// Generated from the transforms' declarations: bun run docs writes it.

/** Fills a box with the part of the image that matters. */
export interface ThumbnailParams {
  /** Width of the box in pixels. A whole number from 1 to 8192. */
  readonly width: number;
  /** Height of the box in pixels. A whole number from 1 to 8192. */
  readonly height: number;
  /**
   * The part to keep: a side or corner; attention: what draws the eye; entropy: the part with most detail; focal:
   * the part around the image's focal point, or the center where none is stored. @default {"focal"}
   */
  readonly gravity?:
    | "center"
    | "north"
    | "northeast"
    | "east"
    | "southeast"
    | "south"
    | "southwest"
    | "west"
    | "northwest"
    | "attention"
    | "entropy"
    | "focal";
  /** The middle of the part to keep, as a share of the width from the left; comes before gravity. From 0 to 1. */
  readonly focalX?: number;
  /** The middle of the part to keep, as a share of the height from the top; comes before gravity. From 0 to 1. */
  readonly focalY?: number;
  /**
   * Lets small images grow to fill the box; else they give the largest box of its proportions that they can.
   * @default {true}
   */
  readonly enlarge?: boolean;
  /** Multiplies the box, for screens with more pixels. From 0.1 to 8. @default {1} */
  readonly dpr?: number;
}
