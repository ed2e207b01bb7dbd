import { ProgImageError } from "@progimage/core";
import parseRange from "range-parser";
import { allowsTag, matchesAnyTag } from "./entity_tag.ts";

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

/**
 * The result of the conditions of a request. `failed`: the caller expects another version. `not_modified`: the caller has this version,
 * or asks that it does not exist.
 */
export type Verdict = "failed" | "not_modified" | "proceed";

/**
 * Evaluates the conditions of a request for a version, in the order of HTTP. `If-Range` belongs to {@linkcode requestedRange}. Invalid
 * dates are ignored.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
export function judgeConditions({ headers, method }: Request, { etag, lastModified }: Validators): Verdict {
  const ifMatch = headers.get("if-match");
  const ifUnmodifiedSince = ifMatch === null ? headers.get("if-unmodified-since") : null;
  if (!allowsTag(ifMatch, etag)) return "failed";
  if (ifUnmodifiedSince !== null && Date.parse(lastModified) > Date.parse(ifUnmodifiedSince)) return "failed";
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) return matchesAnyTag(ifNoneMatch, etag) ? "not_modified" : "proceed";
  const ifModifiedSince = headers.get("if-modified-since");
  if (ifModifiedSince === null || (method !== "GET" && method !== "HEAD")) return "proceed";
  return Date.parse(lastModified) <= Date.parse(ifModifiedSince) ? "not_modified" : "proceed";
}

/**
 * Whether the caller of a GET or HEAD already has this version.
 *
 * @throws {ProgImageError} `precondition_failed` if the caller expects another version
 */
export function isNotModified(request: Request, validators: Validators): boolean {
  const verdict = judgeConditions(request, validators);
  if (verdict !== "failed") return verdict === "not_modified";
  const message = "Cannot send image as If-Match or If-Unmodified-Since names another version: read it anew";
  throw new ProgImageError("precondition_failed", message);
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
