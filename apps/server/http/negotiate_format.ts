import {
  canAnimate,
  defaultOutputFormat,
  type Image,
  MEDIA_TYPES,
  OUTPUT_FORMATS,
  type OutputFormat,
} from "@progimage/core";
import { LRUCache } from "lru-cache";
import Negotiator from "negotiator";

/** Larger pictures take too long to encode as AVIF while somebody waits. */
const MAX_AVIF_PIXELS = 2_000_000;

/** Browsers send few different ones; what others send must not fill our memory. */
const REMEMBERED_HEADERS = 1_000;
const LONGEST_REMEMBERED = 512;

const remembered = new LRUCache<string, ReadonlySet<OutputFormat>>({ max: REMEMBERED_HEADERS });

/** Gives the formats that an `Accept` header names with a weight above 0. Wildcards name none. */
export function acceptedFormats(accept: string | null): ReadonlySet<OutputFormat> {
  const header = accept ?? "";
  const known = remembered.get(header);
  if (known) return known;
  const named = new Set(new Negotiator({ headers: { accept: header } }).mediaTypes());
  const formats = new Set(OUTPUT_FORMATS.filter((format) => named.has(MEDIA_TYPES[format])));
  if (header.length <= LONGEST_REMEMBERED) remembered.set(header, formats);
  return formats;
}

/** Tells whether an `Accept` header names a format that can be written. */
export function namesFormat(accept: string | null): boolean {
  return acceptedFormats(accept).size > 0;
}

/** Gives what all `Accept` headers have in common for which the same format is chosen. */
export function acceptClass(accept: string | null): string {
  return [...acceptedFormats(accept)].join();
}

/**
 * Chooses the format that suits an image and whoever asks: AVIF, WebP, then the image's own. A format is chosen only if the
 * `Accept` header names it; wildcards name none. There is always an answer.
 */
export function negotiateFormat(
  accept: string | null,
  image: Pick<Image, "format" | "hasAlpha" | "height" | "pages" | "width">,
): OutputFormat {
  const accepted = acceptedFormats(accept);
  const isAnimated = image.pages > 1 && canAnimate(image.format);
  const isSmall = image.width * image.height <= MAX_AVIF_PIXELS;
  if (!isAnimated && isSmall && accepted.has("avif")) return "avif";
  if (accepted.has("webp")) return "webp";
  const own = defaultOutputFormat(image.format);
  if (accepted.has(own)) return own;
  if (isAnimated) return own;
  return image.hasAlpha ? "png" : "jpeg";
}
