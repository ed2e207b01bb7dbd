import { isProgImageError, ProgImageError } from "../error.ts";
import { storageError, storageFull } from "../storage_error.ts";
import { FORMATS, SOURCE_FORMATS } from "../transform/output/formats.ts";
import { outOfMemory, saysOutOfMemory } from "./pool/out_of_memory.ts";

/** The work during which sharp failed. */
export type SharpTask =
  /** A file was decoded without a transform. */
  | "decode"
  /** A file was decoded and transformed at the same time. */
  | "read"
  /** Decoded pixels were transformed. */
  | "compute"
  /** Computed pixels were encoded. */
  | "encode";

const UNSUPPORTED_REGEXP =
  /unsupported image format|unsupported codec|no decoding plugin|support for this compression|not a known file format|operation is blocked|not configured|not supported|unsupported|no known route|whole number of bytes/i;
const PIXELS_REGEXP =
  /exceeds pixel limit|pixel limit|exceed 32767|dimensions? .*(?:too large|exceed)|image size .*exceeds|maximum number of pixels/i;
const FULL_REGEXP = /no space left|quota exceeded/i;
/** System errors within messages, in the wording of the C library. */
const STORAGE_REGEXP =
  /input\/output error|too many open files|permission denied|operation not permitted|read-only file system|stale file handle|no such (?:file|device)|unable to open (?:file|for read|for write)|file ".*" does not exist|input file is missing/i;
const WRITE_REGEXP = /write error|file too large|file size limit/i;
const OPERATION_REGEXP =
  /extract_area|bad extract|affine:|embed:|composite|smartcrop|same dimensions or smaller|matrix|recomb|conv:|insert:|bandjoin|flatten:/i;
/** Errors of encoders and of sharp's checks of their options. Plugins' calls are checked when they are made. */
const OUTPUT_REGEXP = /^(?:cgif|(?:gif|heif|jpeg|png|tiff|webp)save|vips2(?:png|tiff)|Expected .* for )/i;

/**
 * Converts an error of sharp into one that is safe to show to clients. sharp has no codes, so its message decides. A file that cannot be
 * read or written is the server's fault. Unknown errors are blamed on the image if a file was being read, otherwise on the transform. An
 * error of the output is a defect and returned unchanged.
 *
 * @param transforms The names of those that may be to blame.
 */
export function fromSharpError(error: unknown, task: SharpTask, transforms: readonly string[] = []): unknown {
  if (isProgImageError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (FULL_REGEXP.test(message)) return storageFull({ cause: error });
  if (STORAGE_REGEXP.test(message)) return storageError({ cause: error });
  const refuse = (code: ProgImageError["code"], text: string) =>
    new ProgImageError(code, text, { cause: error });
  if (WRITE_REGEXP.test(message)) return storageFull({ cause: error });
  if (saysOutOfMemory(message)) return outOfMemory({ cause: error });
  if (PIXELS_REGEXP.test(message))
    return refuse("too_many_pixels", "Cannot process image as it has more pixels than allowed");
  if (task === "encode" || OUTPUT_REGEXP.test(message)) return error;
  if (task === "compute" || (task === "read" && OPERATION_REGEXP.test(message))) {
    return refuse("plugin_failed", `Cannot process image as ${nameTransforms(transforms)} failed`);
  }
  if (UNSUPPORTED_REGEXP.test(message)) return unsupportedMedia({ cause: error });
  return refuse("broken_image", "Cannot decode image as its bytes are broken");
}

/** Returns the names of transforms as part of a sentence. */
export function nameTransforms(transforms: readonly string[]): string {
  if (transforms.length === 0) return "a transform";
  const names = transforms.map((name) => `"${name}"`).join(", ");
  return transforms.length === 1 ? `transform ${names}` : `one of the transforms ${names}`;
}

/**
 * Returns the error for a file that is no image, or one of a format that is not supported.
 *
 * @param title the name of its format, if it is known
 */
export function unsupportedMedia(options: ErrorOptions = {}, title?: string): ProgImageError {
  const known = SOURCE_FORMATS.map((format) => FORMATS[format].title);
  const message = `Cannot read image as it is ${title ? `${title}, ` : ""}none of ${known.join(", ")}`;
  return new ProgImageError("unsupported_media", message, { ...options, details: { known } });
}

/** Returns the error for a kind of a supported format that is not supported itself. */
export function unsupportedKind(title: string, reason: string, options: ErrorOptions = {}): ProgImageError {
  const message = `Cannot read image as this kind of ${title} is not supported: ${reason}`;
  return new ProgImageError("unsupported_media", message, options);
}
