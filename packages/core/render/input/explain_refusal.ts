import { isProgImageError, ProgImageError } from "../../error.ts";
import { FORMATS, SOURCE_FORMATS } from "../../transform/output/formats.ts";
import { unsupportedKind, unsupportedMedia } from "../sharp_error.ts";
import { formatTitleOf, isAnimatedAvif } from "./image_signature.ts";

/** Messages of decoders about a kind of a format that they do not read, and that kind in our words. `$1` is the first group. */
const KINDS: readonly (readonly [message: RegExp, kind: string])[] = [
  [/JPEG data precision (\d+)/, "it has $1 bits a channel"],
  [/JPEG process|SOF type|marker type 0xf7/, "its compression is none that is read"],
  [/(old-style JPEG|ZSTD|LZMA|JBIG|LERC|WEBP|SGILog) compression support/i, "its compression is $1"],
  [/Compression scheme (\d+)/, "its compression has the number $1"],
  [
    /whole number of bytes|unsupported tiff image type|samples out of range/,
    "its bits a channel are not read",
  ],
  [/exceeds channel limit/, "it has more than 5 channels"],
  [/no known route/, "its colour space is not read"],
  [/codec|decoding plugin/i, "its codec is not read"],
  [/SVG rendering failed|Excessive depth/, "it exceeds a limit of the renderer"],
  [/svgload_buffer: bad dimensions/, "it has no size: it needs width and height, or a viewBox"],
];

/** Messages of decoders about a file that ends too early. */
const CUT_REGEXP =
  /premature end|unexpected end|end of (?:file|GIF)|not enough data|unable to parse image|bad seek/i;

/**
 * Returns the error for a file that cannot be decoded, with the reason: its format is not known, it is a kind of a known format that is not
 * supported, or its bytes are broken.
 */
export function explainRefusal(error: unknown, path: string): unknown {
  if (!isProgImageError(error) || !(error.code === "unsupported_media" || error.code === "broken_image"))
    return error;
  const { cause } = error;
  const title = formatTitleOf(path);
  if (title !== null && !SUPPORTED.has(title)) return unsupportedMedia({ cause }, title);
  // An error without a cause is one of ours, which has its reason.
  if (!(cause instanceof Error)) return error;
  if (isAnimatedAvif(path)) return unsupportedKind("AVIF", "it is an animation", { cause });
  const found = KINDS.find(([message]) => message.test(cause.message));
  if (found) return unsupportedKind(title ?? FORMATS.svg.title, reasonOf(cause.message, found), { cause });
  if (title === null) return error.code === "broken_image" ? broken(FORMATS.svg.title, cause) : error;
  return broken(title, cause);
}

const SUPPORTED: ReadonlySet<string> = new Set(SOURCE_FORMATS.map((format) => FORMATS[format].title));

function reasonOf(message: string, [regexp, kind]: (typeof KINDS)[number]): string {
  return kind.replace("$1", regexp.exec(message)?.[1] ?? "");
}

function broken(title: string, cause: Error): ProgImageError {
  const reason = CUT_REGEXP.test(cause.message) ? "they end too early" : "they are damaged";
  return new ProgImageError("broken_image", `Cannot decode ${title} as its bytes are broken: ${reason}`, {
    cause,
  });
}
