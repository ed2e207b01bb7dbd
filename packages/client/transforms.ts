/** Where something lies in an image: a compass point, the busiest or liveliest part, or the image's own focal point. */
export type Gravity =
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

/** How an image gets into a box. */
export type Fit = "inside" | "outside" | "cover" | "contain" | "fill";

/** How pixels are interpolated. */
export type Kernel = "nearest" | "linear" | "cubic" | "mitchell" | "lanczos2" | "lanczos3";

/** Changes the size. One of width and height is enough. */
export interface ResizeParams {
  readonly width?: number;
  readonly height?: number;
  readonly fit?: Fit;
  /** What `cover` keeps, and where `contain` puts the image. */
  readonly gravity?: Gravity;
  /** The colour around a contained image: a CSS name or hexadecimal digits without `#`. */
  readonly background?: string;
  /** Lets small images grow. */
  readonly enlarge?: boolean;
  readonly kernel?: Kernel;
  /** Device pixels for each pixel of width and height. */
  readonly dpr?: number;
}

/** Cuts a box out: from x and y, or where gravity says. */
export interface CropParams {
  readonly width?: number;
  readonly height?: number;
  readonly x?: number;
  readonly y?: number;
  readonly gravity?: Gravity;
}

/** Turns clockwise. */
export interface RotateParams {
  /** In degrees. */
  readonly angle?: number;
  /** The colour of the corners: a CSS name or hexadecimal digits without `#`. */
  readonly background?: string;
}

/** How the result is encoded. */
export interface CompressParams {
  /** From 1 to 100. */
  readonly quality?: number;
  readonly lossless?: boolean;
  /** From 0, the fastest, to 6, the smallest. */
  readonly effort?: number;
}

/** For transforms that take nothing. */
export type NoParams = Readonly<Record<string, never>>;

/**
 * The transforms and their parameters. A plugin adds its own, and `apply` knows them:
 *
 * ```ts
 * declare module "@progimage/client" {
 *   interface Transforms {
 *     sepia: { amount?: number };
 *   }
 * }
 * ```
 */
export interface Transforms {
  resize: ResizeParams;
  crop: CropParams;
  rotate: RotateParams;
  flip: NoParams;
  flop: NoParams;
  compress: CompressParams;
}

/** A transform as the server's catalogue describes it. */
export interface TransformDescription {
  readonly name: string;
  /** The plugin that brings it. */
  readonly plugin: string;
  readonly version: number;
  readonly summary: string;
  /** What may be given without a name: one parameter, or the two of a box written `WxH`. */
  readonly shorthand:
    string | { readonly kind: "box"; readonly width: string; readonly height: string } | null;
  /** Whether it says how the result is encoded, wherever it is written. */
  readonly isOutput: boolean;
  /** JSON Schema of the parameters. @see https://json-schema.org */
  readonly params: Readonly<Record<string, unknown>>;
}
