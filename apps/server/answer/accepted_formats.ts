import { mediaTypeOf, OUTPUT_FORMATS, type OutputFormat } from "@progimage/core";
import { LRUCache } from "lru-cache";

/** How a caller accepts a format. */
export interface Acceptance {
  /** From 0, which refuses the format, to 1. */
  readonly weight: number;
  /** Whether the header names the format, rather than a wildcard that contains it. */
  readonly isNamed: boolean;
}

/** How a caller accepts each format. */
export type Acceptances = Readonly<Record<OutputFormat, Acceptance>>;

/** A part of an `Accept` header with its weight: a type such as `image/webp`, or a wildcard such as `image/*`. */
interface MediaRange {
  readonly type: string;
  readonly weight: number;
}

/** Browsers send few different headers; those of other clients must not fill our memory. */
const REMEMBERED_HEADERS = 1_000;
const LONGEST_REMEMBERED = 512;

const RANGE_REGEXP = /^\s*([^\s;,]+\/[^\s;,]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\d*\s*)?(?:;.*)?$/i;
/** A range with parameters of its own is about another type than ours, such as `application/signed-exchange;v=b3`. */
const PARAMETER_REGEXP = /^[^;]*;\s*(?!q\s*=)/i;

/** An `Accept` header that was read. */
interface ReadHeader {
  readonly acceptances: Acceptances;
  readonly key: string;
}

const remembered = new LRUCache<string, ReadHeader>({ max: REMEMBERED_HEADERS });

/**
 * Returns how an `Accept` header accepts each format. The most specific range decides. Without a header, all are accepted.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 */
export function acceptedFormats(accept: string | null): Acceptances {
  return read(accept).acceptances;
}

/** Returns a cache key of an `Accept` header. Headers with the same key order the formats in the same way. */
export function acceptClass(accept: string | null): string {
  return read(accept).key;
}

function read(accept: string | null): ReadHeader {
  const header = accept ?? "*/*";
  const known = remembered.get(header);
  if (known) return known;
  const ranges = new Map(rangesOf(header).map(({ type, weight }) => [type, weight]));
  const formats = OUTPUT_FORMATS.map((format) => [format, acceptanceOf(mediaTypeOf(format), ranges)]);
  const acceptances = Object.fromEntries(formats) as Acceptances;
  const found = { acceptances, key: keyOf(Object.values(acceptances)) };
  if (header.length <= LONGEST_REMEMBERED) remembered.set(header, found);
  return found;
}

function keyOf(acceptances: readonly Acceptance[]): string {
  const weights = [...new Set([0, ...acceptances.map(({ weight }) => weight)])].toSorted(
    (one, other) => one - other,
  );
  return acceptances.map(({ weight, isNamed }) => `${weights.indexOf(weight)}${isNamed ? "n" : ""}`).join();
}

function rangesOf(header: string): readonly MediaRange[] {
  return header.split(",").flatMap((text) => {
    const [, type, weight = "1"] = PARAMETER_REGEXP.test(text) ? [] : (RANGE_REGEXP.exec(text) ?? []);
    return type === undefined ? [] : { type: type.toLowerCase(), weight: Math.min(1, Number(weight)) };
  });
}

function acceptanceOf(mediaType: string, ranges: ReadonlyMap<string, number>): Acceptance {
  const named = ranges.get(mediaType);
  if (named !== undefined) return { weight: named, isNamed: true };
  return { weight: ranges.get("image/*") ?? ranges.get("*/*") ?? 0, isNamed: false };
}
