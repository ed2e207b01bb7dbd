// Generated from the transforms' declarations: bun run docs writes it.

import type { AnimateParams, OrientParams, PageParams } from "./built_in/source.ts";
import type {
  BlurParams,
  BrightnessParams,
  ClaheParams,
  ColorizeParams,
  ContrastParams,
  DuotoneParams,
  EdgeParams,
  EmbossParams,
  GammaParams,
  GradientParams,
  HueParams,
  MedianParams,
  NormalizeParams,
  PixelateParams,
  PosterizeParams,
  SaturationParams,
  SepiaParams,
  SharpenParams,
  ThresholdParams,
  TintParams,
  VignetteParams,
} from "./built_in/filters.ts";
import type { BorderParams, ShadowParams, TextParams, WatermarkParams } from "./built_in/overlay.ts";
import type { CompressParams } from "./built_in/compress.ts";
import type {
  CropParams,
  FlattenParams,
  PadParams,
  ResizeParams,
  RotateParams,
  TrimParams,
} from "./built_in/geometry.ts";
import type { MaskParams } from "./built_in/mask.ts";
import type { ThumbnailParams } from "./built_in/thumbnail.ts";
import type { NoParams } from "./param_values.ts";

export type * from "./built_in/source.ts";
export type * from "./built_in/filters.ts";
export type * from "./built_in/overlay.ts";
export type * from "./built_in/compress.ts";
export type * from "./built_in/geometry.ts";
export type * from "./built_in/mask.ts";
export type * from "./built_in/thumbnail.ts";

/** The built-in transforms and their parameters. */
export interface BuiltInTransforms {
  /** Keeps all frames of an animation, or only the first. */
  animate: AnimateParams;
  /** Blurs the image, or a region of it. */
  blur: BlurParams;
  /** Draws a frame along the edges of the image. */
  border: BorderParams;
  /** Makes the image brighter or darker. */
  brightness: BrightnessParams;
  /** Brings out local contrast, in shadows and lights alike. */
  clahe: ClaheParams;
  /** Mixes the image with a colour. */
  colorize: ColorizeParams;
  /** Sets how the result is encoded. */
  compress: CompressParams;
  /** Raises or lowers the contrast. */
  contrast: ContrastParams;
  /** Cuts a box out of the image. */
  crop: CropParams;
  /** Prints the image in two colours. */
  duotone: DuotoneParams;
  /** Leaves the edges, bright on black. */
  edge: EdgeParams;
  /** Makes the image look like a relief. */
  emboss: EmbossParams;
  /** Puts the image on a colour, so that no part of it is transparent. */
  flatten: FlattenParams;
  /** Mirrors the image top to bottom. */
  flip: NoParams;
  /** Mirrors the image left to right. */
  flop: NoParams;
  /** Makes midtones brighter or darker. */
  gamma: GammaParams;
  /** Lays a colour over the image that grows from one side to the other. */
  gradient: GradientParams;
  /** Makes the image black and white. */
  grayscale: NoParams;
  /** Turns the colours around the colour circle. */
  hue: HueParams;
  /** Keeps what a shape or another image covers, and makes the rest transparent. */
  mask: MaskParams;
  /** Removes specks and keeps edges. */
  median: MedianParams;
  /** Inverts the colours, as on a film negative. */
  negate: NoParams;
  /** Stretches the lightness to the full range. */
  normalize: NormalizeParams;
  /** Turns the image as its camera noted, or leaves it as it is stored. */
  orient: OrientParams;
  /** Adds space around the image: borders, or as much as a canvas needs. */
  pad: PadParams;
  /** Opens one page of a TIFF, or one frame of an animation. */
  page: PageParams;
  /** Makes squares of one colour, of the whole image or of a region. */
  pixelate: PixelateParams;
  /** Leaves few levels of each colour, as on a poster. */
  posterize: PosterizeParams;
  /** Scales the image into a box. */
  resize: ResizeParams;
  /** Turns the image clockwise. */
  rotate: RotateParams;
  /** Makes colours stronger or paler. */
  saturation: SaturationParams;
  /** Tones the image brown. */
  sepia: SepiaParams;
  /** Casts a shadow, for which the image gets as much room as it needs. */
  shadow: ShadowParams;
  /** Sharpens the image by an unsharp mask. */
  sharpen: SharpenParams;
  /** Writes a text on top. */
  text: TextParams;
  /** Leaves nothing but black and white. */
  threshold: ThresholdParams;
  /** Fills a box with the part of the image that matters. */
  thumbnail: ThumbnailParams;
  /** Gives all midtones the same colour. */
  tint: TintParams;
  /** Removes borders of one colour; an image that is nothing else stays as it is. */
  trim: TrimParams;
  /** Fades the image out towards its corners. */
  vignette: VignetteParams;
  /** Lays another image on top. */
  watermark: WatermarkParams;
}

/** The parameters that are lengths, by their transforms. */
export const LENGTH_PARAMS: Readonly<Record<string, readonly string[]>> = {
  blur: ["x", "y", "width", "height"],
  pixelate: ["x", "y", "width", "height"],
  crop: ["width", "height", "x", "y", "offsetX", "offsetY"],
  pad: ["offsetX", "offsetY"],
  resize: ["width", "height", "offsetX", "offsetY"],
};

/** The parameters that are other images, by their transforms. */
export const IMAGE_PARAMS: Readonly<Record<string, readonly string[]>> = {
  watermark: ["image"],
  mask: ["image"],
};

/** The parameters whose values begin a step in a URL without their names: one parameter, or the width and height of a box. */
export const SHORTHANDS: Readonly<Record<string, readonly string[]>> = {
  animate: ["animate"],
  blur: ["sigma"],
  border: ["width"],
  brightness: ["amount"],
  clahe: ["width", "height"],
  colorize: ["color"],
  compress: ["quality"],
  contrast: ["amount"],
  crop: ["width", "height"],
  edge: ["amount"],
  emboss: ["amount"],
  flatten: ["background"],
  gamma: ["gamma"],
  gradient: ["color"],
  hue: ["angle"],
  mask: ["shape"],
  median: ["size"],
  orient: ["orient"],
  pad: ["all"],
  page: ["page"],
  pixelate: ["size"],
  posterize: ["levels"],
  resize: ["width", "height"],
  rotate: ["angle"],
  saturation: ["amount"],
  sepia: ["amount"],
  shadow: ["sigma"],
  sharpen: ["amount"],
  text: ["text"],
  threshold: ["value"],
  thumbnail: ["width", "height"],
  tint: ["color"],
  trim: ["threshold"],
  vignette: ["strength"],
  watermark: ["image"],
};
