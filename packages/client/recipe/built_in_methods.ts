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
import type { OutputFormat } from "./built_in/formats.ts";
import { named, type With } from "./named_params.ts";
import type { Color } from "./param_values.ts";
import type { Transforms } from "./transforms.ts";

/** A method for each built-in transform and for each format. `Picture` is the type of parameters that name another image. */
export abstract class BuiltInMethods<Self, Picture> {
  /** Adds a step with any transform that {@linkcode Transforms} knows. */
  abstract apply<Name extends keyof Transforms>(name: Name, params?: With<Picture, Transforms[Name]>): Self;

  /** Sets the format of the result; `auto` is the best format that the request's `Accept` names. */
  abstract format(format: OutputFormat | "auto", params?: CompressParams): Self;

  /** Keeps all frames of an animation, or only the first. */
  animate(animate?: boolean | AnimateParams): Self {
    return this.apply("animate", named<AnimateParams>("animate", animate));
  }

  /** Blurs the image, or a region of it. */
  blur(sigma?: number | BlurParams, params?: Omit<BlurParams, "sigma">): Self {
    return this.apply("blur", named<BlurParams>("sigma", sigma, params));
  }

  /** Draws a frame along the edges of the image. */
  border(width?: number | BorderParams, params?: Omit<BorderParams, "width">): Self {
    return this.apply("border", named<BorderParams>("width", width, params));
  }

  /** Makes the image brighter or darker. */
  brightness(amount: number | BrightnessParams): Self {
    return this.apply("brightness", named<BrightnessParams>("amount", amount));
  }

  /** Brings out local contrast, in shadows and lights alike. */
  clahe(params?: ClaheParams): Self {
    return this.apply("clahe", params);
  }

  /** Mixes the image with a colour. */
  colorize(color: Color | ColorizeParams, params?: Omit<ColorizeParams, "color">): Self {
    return this.apply("colorize", named<ColorizeParams>("color", color, params));
  }

  /** Raises or lowers the contrast. */
  contrast(amount: number | ContrastParams): Self {
    return this.apply("contrast", named<ContrastParams>("amount", amount));
  }

  /** Cuts a box out of the image. */
  crop(params: CropParams): Self {
    return this.apply("crop", params);
  }

  /** Prints the image in two colours. */
  duotone(params?: DuotoneParams): Self {
    return this.apply("duotone", params);
  }

  /** Leaves the edges, bright on black. */
  edge(amount?: number | EdgeParams, params?: Omit<EdgeParams, "amount">): Self {
    return this.apply("edge", named<EdgeParams>("amount", amount, params));
  }

  /** Makes the image look like a relief. */
  emboss(amount?: number | EmbossParams, params?: Omit<EmbossParams, "amount">): Self {
    return this.apply("emboss", named<EmbossParams>("amount", amount, params));
  }

  /** Puts the image on a colour, so that no part of it is transparent. */
  flatten(background?: Color | FlattenParams): Self {
    return this.apply("flatten", named<FlattenParams>("background", background));
  }

  /** Mirrors the image top to bottom. */
  flip(): Self {
    return this.apply("flip");
  }

  /** Mirrors the image left to right. */
  flop(): Self {
    return this.apply("flop");
  }

  /** Makes midtones brighter or darker. */
  gamma(gamma: number | GammaParams): Self {
    return this.apply("gamma", named<GammaParams>("gamma", gamma));
  }

  /** Lays a colour over the image that grows from one side to the other. */
  gradient(color?: Color | GradientParams, params?: Omit<GradientParams, "color">): Self {
    return this.apply("gradient", named<GradientParams>("color", color, params));
  }

  /** Makes the image black and white. */
  grayscale(): Self {
    return this.apply("grayscale");
  }

  /** Turns the colours around the colour circle. */
  hue(angle: number | HueParams): Self {
    return this.apply("hue", named<HueParams>("angle", angle));
  }

  /** Keeps what a shape or another image covers, and makes the rest transparent. */
  mask(
    shape?: "circle" | "ellipse" | "rounded" | "polygon" | "star" | "heart" | With<Picture, MaskParams>,
    params?: Omit<With<Picture, MaskParams>, "shape">,
  ): Self {
    return this.apply("mask", named<With<Picture, MaskParams>>("shape", shape, params));
  }

  /** Removes specks and keeps edges. */
  median(size?: number | MedianParams): Self {
    return this.apply("median", named<MedianParams>("size", size));
  }

  /** Inverts the colours, as on a film negative. */
  negate(): Self {
    return this.apply("negate");
  }

  /** Stretches the lightness to the full range. */
  normalize(params?: NormalizeParams): Self {
    return this.apply("normalize", params);
  }

  /** Turns the image as its camera noted, or leaves it as it is stored. */
  orient(orient?: boolean | OrientParams): Self {
    return this.apply("orient", named<OrientParams>("orient", orient));
  }

  /** Adds space around the image: borders, or as much as a canvas needs. */
  pad(all?: number | PadParams, params?: Omit<PadParams, "all">): Self {
    return this.apply("pad", named<PadParams>("all", all, params));
  }

  /** Opens one page of a TIFF, or one frame of an animation. */
  page(page?: number | PageParams): Self {
    return this.apply("page", named<PageParams>("page", page));
  }

  /** Makes squares of one colour, of the whole image or of a region. */
  pixelate(size?: number | PixelateParams, params?: Omit<PixelateParams, "size">): Self {
    return this.apply("pixelate", named<PixelateParams>("size", size, params));
  }

  /** Leaves few levels of each colour, as on a poster. */
  posterize(levels?: number | PosterizeParams): Self {
    return this.apply("posterize", named<PosterizeParams>("levels", levels));
  }

  /** Scales the image into a box. */
  resize(params: ResizeParams): Self {
    return this.apply("resize", params);
  }

  /** Turns the image clockwise. */
  rotate(angle: number | "auto" | RotateParams, params?: Omit<RotateParams, "angle">): Self {
    return this.apply("rotate", named<RotateParams>("angle", angle, params));
  }

  /** Makes colours stronger or paler. */
  saturation(amount: number | SaturationParams): Self {
    return this.apply("saturation", named<SaturationParams>("amount", amount));
  }

  /** Tones the image brown. */
  sepia(amount?: number | SepiaParams): Self {
    return this.apply("sepia", named<SepiaParams>("amount", amount));
  }

  /** Casts a shadow, for which the image gets as much room as it needs. */
  shadow(sigma?: number | ShadowParams, params?: Omit<ShadowParams, "sigma">): Self {
    return this.apply("shadow", named<ShadowParams>("sigma", sigma, params));
  }

  /** Sharpens the image by an unsharp mask. */
  sharpen(amount?: number | SharpenParams, params?: Omit<SharpenParams, "amount">): Self {
    return this.apply("sharpen", named<SharpenParams>("amount", amount, params));
  }

  /** Writes a text on top. */
  text(text: string | TextParams, params?: Omit<TextParams, "text">): Self {
    return this.apply("text", named<TextParams>("text", text, params));
  }

  /** Leaves nothing but black and white. */
  threshold(value?: number | ThresholdParams, params?: Omit<ThresholdParams, "value">): Self {
    return this.apply("threshold", named<ThresholdParams>("value", value, params));
  }

  /** Fills a box with the part of the image that matters. */
  thumbnail(params: ThumbnailParams): Self {
    return this.apply("thumbnail", params);
  }

  /** Gives all midtones the same colour. */
  tint(color: Color | TintParams): Self {
    return this.apply("tint", named<TintParams>("color", color));
  }

  /** Removes borders of one colour; an image that is nothing else stays as it is. */
  trim(threshold?: number | TrimParams, params?: Omit<TrimParams, "threshold">): Self {
    return this.apply("trim", named<TrimParams>("threshold", threshold, params));
  }

  /** Fades the image out towards its corners. */
  vignette(strength?: number | VignetteParams, params?: Omit<VignetteParams, "strength">): Self {
    return this.apply("vignette", named<VignetteParams>("strength", strength, params));
  }

  /** Lays another image on top. */
  watermark(params: With<Picture, WatermarkParams>): Self {
    return this.apply("watermark", params);
  }

  /** Sets the format of the result to JPEG. */
  jpeg(params?: CompressParams): Self {
    return this.format("jpeg", params);
  }

  /** Sets the format of the result to PNG. */
  png(params?: CompressParams): Self {
    return this.format("png", params);
  }

  /** Sets the format of the result to WebP. */
  webp(params?: CompressParams): Self {
    return this.format("webp", params);
  }

  /** Sets the format of the result to AVIF. */
  avif(params?: CompressParams): Self {
    return this.format("avif", params);
  }

  /** Sets the format of the result to GIF. */
  gif(params?: CompressParams): Self {
    return this.format("gif", params);
  }

  /** Sets the format of the result to TIFF. */
  tiff(params?: CompressParams): Self {
    return this.format("tiff", params);
  }
}
