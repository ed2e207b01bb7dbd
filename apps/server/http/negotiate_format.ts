import {
  canAnimate,
  defaultOutputFormat,
  type Image,
  MEDIA_TYPES,
  OUTPUT_FORMATS,
  type OutputFormat,
} from "@progimage/core";
import Negotiator from "negotiator";

/** Larger pictures take too long to encode as AVIF while somebody waits. */
const MAX_AVIF_PIXELS = 2_000_000;

/** Tells whether an `Accept` header names a format that can be written. */
export function namesFormat(accept: string | null): boolean {
  const named = new Negotiator({ headers: { accept: accept ?? "" } }).mediaTypes();
  return OUTPUT_FORMATS.some((format) => named.includes(MEDIA_TYPES[format]));
}

/**
 * Chooses the format that suits an image and whoever asks: AVIF, WebP, then the image's own. A format is chosen only if the
 * `Accept` header names it; wildcards name none. There is always an answer.
 */
export function negotiateFormat(
  accept: string | null,
  image: Pick<Image, "format" | "hasAlpha" | "height" | "pages" | "width">,
): OutputFormat {
  const named = new Set(new Negotiator({ headers: { accept: accept ?? "" } }).mediaTypes());
  const isAnimated = image.pages > 1 && canAnimate(image.format);
  const isSmall = image.width * image.height <= MAX_AVIF_PIXELS;
  const accepts = (format: OutputFormat) => named.has(MEDIA_TYPES[format]);
  if (!isAnimated && isSmall && accepts("avif")) return "avif";
  if (accepts("webp")) return "webp";
  const own = defaultOutputFormat(image.format);
  if (accepts(own)) return own;
  if (isAnimated) return own;
  return image.hasAlpha ? "png" : "jpeg";
}
