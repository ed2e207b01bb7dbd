// Generated from the transforms' declarations: bun run docs writes it.

import type { Color } from "../param_values.ts";
import type { Length } from "../param_values.ts";

/** Cuts a box out of the image. */
export interface CropParams {
  /** Width of the box; all there is where it is not given. Pixels from 1 to 16383, or per cent of the image. */
  readonly width?: Length;
  /** Height of the box; all there is where it is not given. Pixels from 1 to 16383, or per cent of the image. */
  readonly height?: Length;
  /** Where the box begins, from the left. Pixels from -16383 to 16383, or per cent of the image. */
  readonly x?: Length;
  /** Where the box begins, from the top. Pixels from -16383 to 16383, or per cent of the image. */
  readonly y?: Length;
  /**
   * Width to height, such as 16:9 or 1.5: the largest such box inside the one that the other parameters give. At
   * most 16 characters.
   */
  readonly aspect?: string;
  /** The part to keep if neither x nor y is given; focal: around the image's focal point. @default {"center"} */
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
  /** The point that goes to the middle, as a share of the width from the left; before gravity. From 0 to 1. */
  readonly focalX?: number;
  /** The point that goes to the middle, as a share of the height from the top; before gravity. From 0 to 1. */
  readonly focalY?: number;
  /**
   * Moves it from the left or right edge inward, or from the middle to the right. Pixels from -16383 to 16383, or
   * per cent of the image.
   */
  readonly offsetX?: Length;
  /**
   * Moves it from the upper or lower edge inward, or from the middle down. Pixels from -16383 to 16383, or per
   * cent of the image.
   */
  readonly offsetY?: Length;
}

/** Puts the image on a colour, so that no part of it is transparent. */
export interface FlattenParams {
  /** The colour behind the image. @default {"ffffff"} */
  readonly background?: Color;
}

/** Adds space around the image: borders, or as much as a canvas needs. */
export interface PadParams {
  /** Width in pixels of the borders that are not given by themselves. A whole number from 0 to 8192. */
  readonly all?: number;
  /** Height of the upper border in pixels. A whole number from 0 to 8192. */
  readonly top?: number;
  /** Width of the right border in pixels. A whole number from 0 to 8192. */
  readonly right?: number;
  /** Height of the lower border in pixels. A whole number from 0 to 8192. */
  readonly bottom?: number;
  /** Width of the left border in pixels. A whole number from 0 to 8192. */
  readonly left?: number;
  /** Least width of the canvas in pixels; a wider image stays as it is. A whole number from 1 to 8192. */
  readonly width?: number;
  /** Least height of the canvas in pixels; a higher image stays as it is. A whole number from 1 to 8192. */
  readonly height?: number;
  /** Width to height of the canvas, such as 16:9 or 1.5. At most 16 characters. */
  readonly aspect?: string;
  /** Where on the canvas the image lies; focal: with its focal point in the middle. @default {"center"} */
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
    | "focal";
  /** The point that goes to the middle, as a share of the width from the left; before gravity. From 0 to 1. */
  readonly focalX?: number;
  /** The point that goes to the middle, as a share of the height from the top; before gravity. From 0 to 1. */
  readonly focalY?: number;
  /**
   * Moves it from the left or right edge inward, or from the middle to the right. Pixels from -16383 to 16383, or
   * per cent of the image.
   */
  readonly offsetX?: Length;
  /**
   * Moves it from the upper or lower edge inward, or from the middle down. Pixels from -16383 to 16383, or per
   * cent of the image.
   */
  readonly offsetY?: Length;
  /**
   * color: the background; mirror: the image mirrored; copy: its outermost pixels drawn out; repeat: the image
   * again and again; blur: the image enlarged and blurred. @default {"color"}
   */
  readonly mode?: "color" | "mirror" | "copy" | "repeat" | "blur";
  /** The colour of mode color. @default {"00000000"} */
  readonly background?: Color;
}

/** Scales the image into a box. */
export interface ResizeParams {
  /**
   * Width of the box; follows from the height where it is not given. Pixels from 1 to 8192, or per cent of the
   * image.
   */
  readonly width?: Length;
  /**
   * Height of the box; follows from the width where it is not given. Pixels from 1 to 8192, or per cent of the
   * image.
   */
  readonly height?: Length;
  /**
   * inside: as large as the box allows; outside: as small as covers it; cover: outside, then cut; contain: inside,
   * then padded; fill: stretched. @default {"inside"}
   */
  readonly fit?: "inside" | "outside" | "cover" | "contain" | "fill";
  /**
   * The part that cover keeps, and the place of the image in contain; focal: around the image's focal point.
   * @default {"center"}
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
  /** The point that goes to the middle, as a share of the width from the left; before gravity. From 0 to 1. */
  readonly focalX?: number;
  /** The point that goes to the middle, as a share of the height from the top; before gravity. From 0 to 1. */
  readonly focalY?: number;
  /**
   * Moves it from the left or right edge inward, or from the middle to the right. Pixels from -16383 to 16383, or
   * per cent of the image.
   */
  readonly offsetX?: Length;
  /**
   * Moves it from the upper or lower edge inward, or from the middle down. Pixels from -16383 to 16383, or per
   * cent of the image.
   */
  readonly offsetY?: Length;
  /** The colour with which contain pads. @default {"00000000"} */
  readonly background?: Color;
  /** Lets small images grow. @default {false} */
  readonly enlarge?: boolean;
  /**
   * Least width of the result in pixels: the image grows beyond the box for it, with fit inside and outside. A
   * whole number from 1 to 8192.
   */
  readonly minWidth?: number;
  /** Least height of the result in pixels, likewise. A whole number from 1 to 8192. */
  readonly minHeight?: number;
  /** How pixels are interpolated. @default {"lanczos3"} */
  readonly kernel?:
    "nearest" | "linear" | "cubic" | "mitchell" | "lanczos2" | "lanczos3" | "mks2013" | "mks2021";
  /** Multiplies the box, for screens with more pixels. From 0.1 to 8. @default {1} */
  readonly dpr?: number;
}

/** Turns the image clockwise. */
export interface RotateParams {
  /** Degrees, clockwise; auto: as the camera noted it, which is done for every image anyhow. From -360 to 360. */
  readonly angle: number | "auto";
  /** The colour of the corners. @default {"00000000"} */
  readonly background?: Color;
}

/** Removes borders of one colour; an image that is nothing else stays as it is. */
export interface TrimParams {
  /** How much a border's red, green, blue and alpha may differ from its colour. From 0 to 255. @default {10} */
  readonly threshold?: number;
  /** The colour of the border; that of the upper left pixel where it is not given. */
  readonly background?: Color;
}
