// Generated from the transforms' declarations: bun run docs writes it.

import type { ImageReference } from "../../images/sources.ts";
import type { Color } from "../param_values.ts";

/** Draws a frame along the edges of the image. */
export interface BorderParams {
  /** Width of the frame in pixels. A whole number from 1 to 1000. @default {4} */
  readonly width?: number;
  /** Of the frame. @default {"000000"} */
  readonly color?: Color;
  /**
   * Radius of its corners in pixels; what is outside becomes transparent. A whole number from 0 to 8192.
   * @default {0}
   */
  readonly radius?: number;
}

/** Casts a shadow, for which the image gets as much room as it needs. */
export interface ShadowParams {
  /** How soft it is: standard deviation of a Gaussian blur in pixels. From 0 to 100. @default {8} */
  readonly sigma?: number;
  /** How far it lies to the right, in pixels. From -1000 to 1000. @default {0} */
  readonly x?: number;
  /** How far it lies below, in pixels. From -1000 to 1000. @default {6} */
  readonly y?: number;
  /** Of the shadow, with its opacity. @default {"00000080"} */
  readonly color?: Color;
}

/** Writes a text on top. */
export interface TextParams {
  /**
   * The text, in any direction, with line feeds and emoji; no markup. Refused if no font of the server has a glyph
   * for a character. At most 1000 characters.
   */
  readonly text: string;
  /** Of the font, in pixels. A whole number from 1 to 1000. @default {48} */
  readonly size?: number;
  /** Of the letters. @default {"ffffff"} */
  readonly color?: Color;
  /** Noto Sans, Noto Serif or Noto Sans Mono. @default {"sans"} */
  readonly font?: "sans" | "serif" | "mono";
  /** How thick strokes are. @default {"regular"} */
  readonly weight?: "regular" | "bold";
  /** How far an outline reaches, in pixels; 0 for none. From 0 to 100. @default {0} */
  readonly outline?: number;
  /** Of the outline. @default {"000000"} */
  readonly outlineColor?: Color;
  /** Puts the text on a box. @default {false} */
  readonly box?: boolean;
  /** Of the box. @default {"00000080"} */
  readonly boxColor?: Color;
  /**
   * Pixels around the text, with or without a box; a quarter of the size where it is not given. A whole number
   * from 0 to 1000.
   */
  readonly padding?: number;
  /** Where the text goes. @default {"south"} */
  readonly gravity?:
    "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest";
  /**
   * Pixels from the left or right edge inward; from the middle to the right. A whole number from -16383 to 16383.
   * @default {0}
   */
  readonly x?: number;
  /**
   * Pixels from the upper or lower edge inward; from the middle down. A whole number from -16383 to 16383.
   * @default {0}
   */
  readonly y?: number;
  /**
   * Where lines are wrapped, in pixels; at the picture's edges where it is not given. A whole number from 1 to
   * 16383.
   */
  readonly width?: number;
  /** How lines of unequal length stand. @default {"center"} */
  readonly align?: "left" | "center" | "right";
  /** From line to line, as a multiple of the size; rounded to sharp rows of pixels. From 0.5 to 5. @default {1.3} */
  readonly lineHeight?: number;
  /** Of everything: 0: cannot be seen; 1: as it is. From 0 to 1. @default {1} */
  readonly opacity?: number;
  /** Degrees by which it is turned, clockwise. From -360 to 360. @default {0} */
  readonly angle?: number;
}

/** Lays another image on top. */
export interface WatermarkParams {
  /** The mark. */
  readonly image: ImageReference;
  /** Where the mark goes. @default {"southeast"} */
  readonly gravity?:
    "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest";
  /**
   * Pixels from the left or right edge inward; from the middle to the right. A whole number from -16383 to 16383.
   * @default {0}
   */
  readonly x?: number;
  /**
   * Pixels from the upper or lower edge inward; from the middle down. A whole number from -16383 to 16383.
   * @default {0}
   */
  readonly y?: number;
  /**
   * Width of the mark as a fraction of the picture's; its own where it is not given. It is shrunk to fit in any
   * case. From 0.01 to 1.
   */
  readonly scale?: number;
  /** 0: cannot be seen; 1: as it is. From 0 to 1. @default {1} */
  readonly opacity?: number;
  /** Degrees by which the mark is turned, clockwise. From -360 to 360. @default {0} */
  readonly angle?: number;
  /** Repeats the mark all over the picture. @default {false} */
  readonly tile?: boolean;
  /** Pixels between repeated marks. A whole number from 0 to 4096. @default {24} */
  readonly gap?: number;
  /** How colours of mark and picture mix, as in CSS. @default {"over"} */
  readonly blend?:
    | "over"
    | "multiply"
    | "screen"
    | "overlay"
    | "darken"
    | "lighten"
    | "color-dodge"
    | "color-burn"
    | "hard-light"
    | "soft-light"
    | "difference"
    | "exclusion";
}
