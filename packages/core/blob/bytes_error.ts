import { isProgImageError, ProgImageError } from "../error.ts";

/** Records that the bytes of a blob are damaged or missing. Returns whether the record is new. */
export type ReportDamage = (key: string) => Promise<boolean>;

/** The number of hexadecimal digits of a SHA-256, with which keys begin. */
const DIGEST_DIGITS = 64;

/** A store does not have the bytes that it should have. */
class BytesMissing extends Error {
  override readonly name = "BytesMissing";
}

/**
 * Returns the error for bytes that are missing from a store. The error is `unavailable` because a retry may succeed: the store may be the
 * wrong one, such as an empty folder on which no volume is mounted.
 */
export function bytesMissing(key: string): ProgImageError {
  return new ProgImageError("unavailable", "Cannot read image as its bytes are missing from the store", {
    cause: new BytesMissing(`The store has no ${key}`),
  });
}

/**
 * Returns the error for bytes that differ from those that were stored.
 *
 * @param blob The key of the blob, or its SHA-256
 * @param found The fault that was found, for the log
 */
export function bytesDamaged(blob: string, found: string): ProgImageError {
  const message = "Cannot read image as its stored bytes are damaged: uploading the same file again heals it";
  return new ProgImageError("damaged", message, {
    cause: new Error(`The bytes of ${blob} are damaged: ${found}`),
    details: { sha256: blob.slice(0, DIGEST_DIGITS) },
  });
}

/**
 * Reports a blob if an error says that its bytes are damaged or missing.
 *
 * @returns the error for the caller: `damaged` instead of `unavailable` if missing bytes were put on record
 */
export async function reportIfDamaged(error: unknown, key: string, report: ReportDamage): Promise<unknown> {
  if (!isProgImageError(error)) return error;
  if (error.cause instanceof BytesMissing)
    return (await report(key)) ? bytesDamaged(key, "they are missing") : error;
  if (error.code === "damaged") await report(key);
  return error;
}
