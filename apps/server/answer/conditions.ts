import parseRange from "range-parser";
import { matchesAnyTag } from "./entity_tag.ts";

/** The validators of a version of an image. */
export interface Validators {
  /** A strong entity tag. */
  readonly etag: string;
  /** An HTTP date. */
  readonly lastModified: string;
}

/** The first and the last byte of a range, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Whether the caller already has this version. @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2 */
export function isNotModified({ headers }: Request, { etag, lastModified }: Validators): boolean {
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) return matchesAnyTag(ifNoneMatch, etag);
  const ifModifiedSince = headers.get("if-modified-since");
  return ifModifiedSince !== null && Date.parse(lastModified) <= Date.parse(ifModifiedSince);
}

/**
 * Returns the requested range of a body of `bytes` bytes. `null` stands for the whole body: without a range, for several ranges, for a
 * malformed header, and if `If-Range` names another version. `unsatisfiable` stands for a range beyond the end.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export function requestedRange(
  { headers, method }: Request,
  bytes: number,
  { etag, lastModified }: Validators,
): ByteRange | "unsatisfiable" | null {
  const range = headers.get("range");
  if (range === null || method !== "GET") return null;
  const ifRange = headers.get("if-range");
  if (ifRange !== null && ifRange !== etag && ifRange !== lastModified) return null;
  const ranges = parseRange(bytes, range);
  if (ranges === -1) return /^bytes=/i.test(range) ? "unsatisfiable" : null;
  if (ranges === -2 || ranges.type !== "bytes" || ranges.length !== 1) return null;
  return ranges[0] ?? null;
}
