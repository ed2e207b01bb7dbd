// Generated from the transforms' declarations: bun run docs writes it.

import type { Color } from "../param_values.ts";
import type { Length } from "../param_values.ts";

/** Blurs the image, or a region of it. */
export interface BlurParams {
  /** Standard deviation of the Gaussian in pixels. From 0.3 to 100. @default {2} */
  readonly sigma?: number;
  /** Where the region begins, from the left. Pixels from -16383 to 16383, or per cent of the image. @default {0} */
  readonly x?: Length;
  /** Where the region begins, from the top. Pixels from -16383 to 16383, or per cent of the image. @default {0} */
  readonly y?: Length;
  /** Width of the region; to the edge where it is not given. Pixels from 0 to 16383, or per cent of the image. */
  readonly width?: Length;
  /** Height of the region; to the edge where it is not given. Pixels from 0 to 16383, or per cent of the image. */
  readonly height?: Length;
}

/** Makes the image brighter or darker. */
export interface BrightnessParams {
  /** The factor of colours: 0 is black, 1 changes nothing. From 0 to 10. */
  readonly amount: number;
}

/** Brings out local contrast, in shadows and lights alike. */
export interface ClaheParams {
  /** Width of a tile in pixels, about. A whole number from 16 to 4096. @default {128} */
  readonly width?: number;
  /** Height of a tile in pixels, about. A whole number from 16 to 4096. @default {128} */
  readonly height?: number;
  /** How much contrast may grow: 1 is not at all. From 1 to 100. @default {3} */
  readonly slope?: number;
}

/** Mixes the image with a colour. */
export interface ColorizeParams {
  /** The colour. */
  readonly color: Color;
  /** How much of the colour: 0 changes nothing, 1 hides the image. From 0 to 1. @default {0.5} */
  readonly amount?: number;
}

/** Raises or lowers the contrast. */
export interface ContrastParams {
  /** The factor of the distance from mid grey: 0 is grey all over, 1 changes nothing. From 0 to 10. */
  readonly amount: number;
}

/** Prints the image in two colours. */
export interface DuotoneParams {
  /** The colour of black. @default {"1d2b64"} */
  readonly shadow?: Color;
  /** The colour of white. @default {"f8cdda"} */
  readonly highlight?: Color;
  /** How much of it: 0 changes nothing. From 0 to 1. @default {1} */
  readonly amount?: number;
}

/** Leaves the edges, bright on black. */
export interface EdgeParams {
  /** The factor of slopes: at 1 an edge between black and white is white. From 0.1 to 20. @default {2} */
  readonly amount?: number;
  /** Draws dark on white. @default {false} */
  readonly invert?: boolean;
}

/** Makes the image look like a relief. */
export interface EmbossParams {
  /** The factor of slopes before they are added to the colours. From 0.1 to 20. @default {1} */
  readonly amount?: number;
  /** Where the light comes from, in degrees clockwise from the top. From -360 to 360. @default {315} */
  readonly angle?: number;
  /** Shows the relief alone, on mid grey. @default {false} */
  readonly grayscale?: boolean;
}

/** Makes midtones brighter or darker. */
export interface GammaParams {
  /** Above 1 midtones get brighter, below 1 darker. From 0.1 to 10. */
  readonly gamma: number;
}

/** Lays a colour over the image that grows from one side to the other. */
export interface GradientParams {
  /** The colour at the end, with its opacity. @default {"000000"} */
  readonly color?: Color;
  /**
   * The direction in which it grows, in degrees clockwise from the top: 180 is downwards. From -360 to 360.
   * @default {180}
   */
  readonly angle?: number;
  /** Where it begins, as a share of the way. From 0 to 1. @default {0} */
  readonly start?: number;
  /** Where it has its full strength. From 0 to 1. @default {1} */
  readonly stop?: number;
}

/** Turns the colours around the colour circle. */
export interface HueParams {
  /** Degrees: 120 makes red green, green blue and blue red. From -360 to 360. */
  readonly angle: number;
}

/** Removes specks and keeps edges. */
export interface MedianParams {
  /** Side of the square in pixels: an odd number. A whole number from 3 to 25. @default {3} */
  readonly size?: number;
}

/** Stretches the lightness to the full range. */
export interface NormalizeParams {
  /** Share of the pixels that become black, in hundredths. From 0 to 0.99. @default {0.01} */
  readonly lower?: number;
  /** Share of the pixels that do not become white, in hundredths. From 0.01 to 1. @default {0.99} */
  readonly upper?: number;
}

/** Makes squares of one colour, of the whole image or of a region. */
export interface PixelateParams {
  /** Side of the squares in pixels. A whole number from 2 to 1024. @default {10} */
  readonly size?: number;
  /** Where the region begins, from the left. Pixels from -16383 to 16383, or per cent of the image. @default {0} */
  readonly x?: Length;
  /** Where the region begins, from the top. Pixels from -16383 to 16383, or per cent of the image. @default {0} */
  readonly y?: Length;
  /** Width of the region; to the edge where it is not given. Pixels from 0 to 16383, or per cent of the image. */
  readonly width?: Length;
  /** Height of the region; to the edge where it is not given. Pixels from 0 to 16383, or per cent of the image. */
  readonly height?: Length;
}

/** Leaves few levels of each colour, as on a poster. */
export interface PosterizeParams {
  /** Levels of each of red, green and blue. A whole number from 2 to 256. @default {4} */
  readonly levels?: number;
}

/** Makes colours stronger or paler. */
export interface SaturationParams {
  /** The factor of the distance from grey: 0 is grey, 1 changes nothing. From 0 to 10. */
  readonly amount: number;
}

/** Tones the image brown. */
export interface SepiaParams {
  /** How much of it: 0 changes nothing. From 0 to 1. @default {1} */
  readonly amount?: number;
}

/** Sharpens the image by an unsharp mask. */
export interface SharpenParams {
  /** How much edges are sharpened. From 0 to 10. @default {2} */
  readonly amount?: number;
  /** Standard deviation in pixels of the Gaussian that is compared with. From 0.3 to 10. @default {1} */
  readonly sigma?: number;
  /** How much flat areas are sharpened. From 0 to 10. @default {1} */
  readonly flat?: number;
  /** The difference in lightness, of 100, at which an edge begins. From 0 to 100. @default {2} */
  readonly threshold?: number;
}

/** Leaves nothing but black and white. */
export interface ThresholdParams {
  /** The darkest level that becomes white. A whole number from 0 to 255. @default {128} */
  readonly value?: number;
  /** Compares the luminance; else red, green and blue each by itself, which leaves eight colours. @default {true} */
  readonly grayscale?: boolean;
}

/** Gives all midtones the same colour. */
export interface TintParams {
  /** The colour of the midtones; its lightness does not matter. */
  readonly color: Color;
}

/** Fades the image out towards its corners. */
export interface VignetteParams {
  /** How much the colour covers in the end. From 0 to 1. @default {0.6} */
  readonly strength?: number;
  /** Where it begins: 0 is the middle, 1 the corners. From 0 to 1. @default {0.4} */
  readonly radius?: number;
  /** How far it takes to its full strength, in the unit of radius. From 0 to 1. @default {0.6} */
  readonly softness?: number;
  /** The colour at the edges. @default {"000000"} */
  readonly color?: Color;
}
