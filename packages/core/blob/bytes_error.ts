import { isProgImageError, ProgImageError } from "../error.ts";

/** Hears that the bytes of a blob are damaged or missing. Returns whether that is on record from now on, and was not before. */
export type ReportDamage = (key: string) => Promise<boolean>;

/** Hexadecimal digits of a SHA-256, with which keys begin. */
const DIGEST_DIGITS = 64;

/** A store does not have the bytes that it must have. */
class BytesMissing extends Error {
  override readonly name = "BytesMissing";
}

/**
 * Returns the error for bytes that must be in a store and are not. The store may be another one than it should be, such as an empty
 * folder on which no volume is mounted, so that another try makes sense.
 */
export function bytesMissing(key: string): ProgImageError {
  return new ProgImageError("unavailable", "Cannot read image as its bytes are missing from the store", {
    cause: new BytesMissing(`The store has no ${key}`),
  });
}

/**
 * Returns the error for bytes that are others than those that were stored.
 *
 * @param blob The key of the blob, or its SHA-256
 * @param found What is wrong with its bytes, for the log
 */
export function bytesDamaged(blob: string, found: string): ProgImageError {
  const message = "Cannot read image as its stored bytes are damaged: uploading the same file again heals it";
  return new ProgImageError("damaged", message, {
    cause: new Error(`The bytes of ${blob} are damaged: ${found}`),
    details: { sha256: blob.slice(0, DIGEST_DIGITS) },
  });
}

/**
 * Reports the bytes of a blob if an error says that they are damaged or missing.
 *
 * @returns the error for the caller: bytes are damaged once they are on record as missing
 */
export async function reportIfDamaged(error: unknown, key: string, report: ReportDamage): Promise<unknown> {
  if (!isProgImageError(error)) return error;
  if (error.cause instanceof BytesMissing)
    return (await report(key)) ? bytesDamaged(key, "they are missing") : error;
  if (error.code === "damaged") await report(key);
  return error;
}
