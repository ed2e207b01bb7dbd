import {
  canAnimate,
  defaultOutputFormat,
  type Image,
  mediaTypeOf,
  type NegotiationFacts,
  OUTPUT_FORMATS,
  type OutputFormat,
  outputFacts,
} from "@progimage/core";
import { LRUCache } from "lru-cache";
import Negotiator from "negotiator";

/** The formats that `auto` prefers to the image's own, best first. */
const PREFERRED: readonly (readonly [OutputFormat, NegotiationFacts])[] = OUTPUT_FORMATS.flatMap((format) => {
  const { negotiation } = outputFacts(format);
  return negotiation ? [[format, negotiation] as const] : [];
}).toSorted(([, first], [, second]) => first.rank - second.rank);

/** Browsers send few different headers; those of other clients must not fill our memory. */
const REMEMBERED_HEADERS = 1_000;
const LONGEST_REMEMBERED = 512;

const remembered = new LRUCache<string, ReadonlySet<OutputFormat>>({ max: REMEMBERED_HEADERS });

/** Returns the formats that an `Accept` header names with a weight above 0. Wildcards do not count. */
export function acceptedFormats(accept: string | null): ReadonlySet<OutputFormat> {
  const header = accept ?? "";
  const known = remembered.get(header);
  if (known) return known;
  const named = new Set(new Negotiator({ headers: { accept: header } }).mediaTypes());
  const formats = new Set(OUTPUT_FORMATS.filter((format) => named.has(mediaTypeOf(format))));
  if (header.length <= LONGEST_REMEMBERED) remembered.set(header, formats);
  return formats;
}

/** Whether an `Accept` header names an output format. */
export function namesFormat(accept: string | null): boolean {
  return acceptedFormats(accept).size > 0;
}

/** Returns a cache key of an `Accept` header. Headers with the same key get the same format. */
export function acceptClass(accept: string | null): string {
  return [...acceptedFormats(accept)].join();
}

/**
 * Selects the format for an image and a caller: by rank, AVIF before WebP, then the image's own. Selects a preferred format only if the
 * `Accept` header names it; wildcards do not count. There is always a result.
 */
export function negotiateFormat(
  accept: string | null,
  image: Pick<Image, "format" | "hasAlpha" | "height" | "pages" | "width">,
): OutputFormat {
  const accepted = acceptedFormats(accept);
  const isAnimated = image.pages > 1 && canAnimate(image.format);
  const pixels = image.width * image.height;
  for (const [format, { mostPixels }] of PREFERRED) {
    if (accepted.has(format) && pixels <= mostPixels && (!isAnimated || canAnimate(format))) return format;
  }
  const own = defaultOutputFormat(image.format);
  if (accepted.has(own)) return own;
  if (isAnimated) return own;
  return image.hasAlpha ? "png" : "jpeg";
}
