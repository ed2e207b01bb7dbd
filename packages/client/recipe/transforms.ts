import type { CropParams, ResizeParams } from "./built_in/geometry.ts";
import type { ThumbnailParams } from "./built_in/thumbnail.ts";
import type { BuiltInTransforms } from "./built_in_params.ts";

/** A place in an image: a compass point, the part with the most detail or attention, or the image's own focal point. */
export type Gravity = NonNullable<CropParams["gravity"] | ThumbnailParams["gravity"]>;

/** How an image is fitted into a box. */
export type Fit = NonNullable<ResizeParams["fit"]>;

/** How pixels are interpolated. */
export type Kernel = NonNullable<ResizeParams["kernel"]>;

/**
 * The transforms and their parameters. A plugin adds its own, and `apply` accepts them. A parameter for another image is an
 * `ImageReference`: services then accept files and URLs as well.
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
