import type { CropParams, ResizeParams } from "./built_in/geometry.ts";
import type { ThumbnailParams } from "./built_in/thumbnail.ts";
import type { BuiltInTransforms } from "./built_in_transforms.ts";

/** A colour: a CSS name, or 3, 4, 6 or 8 hexadecimal digits without `#`. */
export type Color = string;

/** A length: pixels, or per cent of the image's width or height, such as `50%`. */
export type Length = number | `${number}%` | `${number}pct`;
/** A place in an image: as shares of its width and height from the top left, if the parameter does not say otherwise. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where something lies in an image: a compass point, the busiest or liveliest part, or the image's own focal point. */
export type Gravity = NonNullable<CropParams["gravity"] | ThumbnailParams["gravity"]>;

/** How an image gets into a box. */
export type Fit = NonNullable<ResizeParams["fit"]>;

/** How pixels are interpolated. */
export type Kernel = NonNullable<ResizeParams["kernel"]>;

/** For transforms that take nothing. */
export type NoParams = Readonly<Record<string, never>>;

/**
 * The transforms and their parameters. A plugin adds its own, and `apply` knows them. A parameter that takes another image is an
 * `ImageReference`: services then take files and URLs as well.
 *
 * ```ts
 * declare module "@progimage/client" {
 *   interface Transforms {
 *     "print.halftone": { pitch?: number; image?: ImageReference };
 *   }
 * }
 * ```
 */
export interface Transforms extends BuiltInTransforms {}

/** A transform as the server's catalogue describes it. */
export interface TransformDescription {
  /** In plugins with a namespace it stands before the name, as in `print.halftone`. */
  readonly name: string;
  /** Names without a point that the server's operator has given it besides. */
  readonly shortNames: readonly string[];
  /** Names that it had before, which are deprecated. */
  readonly aliases: readonly string[];
  /** What to use instead of it; `null` if it is not deprecated. */
  readonly deprecated: string | null;
  /** The plugin that brings it. */
  readonly plugin: string;
  readonly version: number;
  readonly summary: string;
  /** What may be given without a name: one parameter, or the two of a box written `WxH`. */
  readonly shorthand:
    string | { readonly kind: "box"; readonly width: string; readonly height: string } | null;
  /** Steps as in a URL that show what it does; in them `@photo`, `@logo` and `@mask` stand for images. */
  readonly examples: readonly string[];
  /** Whether it says how the result is encoded, wherever it is written. */
  readonly isOutput: boolean;
  /** JSON Schema of the parameters. @see https://json-schema.org */
  readonly params: Readonly<Record<string, unknown>>;
}

/** A recipe with a name, as the server describes it. */
export interface PresetDescription {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  /** Its steps and format as in a URL. */
  readonly recipe: string;
}
