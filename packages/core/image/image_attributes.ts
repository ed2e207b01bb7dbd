import { ProgImageError } from "../error.ts";
import type { ParamValue } from "../transform/recipe.ts";
import type { FocalPoint, ImageAttributes } from "./image.ts";

/** How much a caller may say of an image. */
export const ATTRIBUTE_LIMITS = {
  nameCharacters: 255,
  tags: 64,
  tagCharacters: 128,
  metadataBytes: 16_384,
} as const;

/** The attributes of an image of which nothing was said. */
export const NO_ATTRIBUTES: ImageAttributes = {
  name: "",
  tags: [],
  metadata: {},
  focalPoint: null,
  expiresAt: null,
};

const READERS: { readonly [K in keyof ImageAttributes]: (value: unknown) => ImageAttributes[K] } = {
  name: readName,
  tags: readTags,
  metadata: readMetadata,
  focalPoint: readFocalPoint,
  expiresAt: readExpiry,
};

/**
 * Reads attributes from JSON; those that are absent are absent in the result.
 *
 * @throws {ProgImageError} `invalid_parameter` naming the attribute, also for one that nobody knows
 */
export function readAttributes(json: Readonly<Record<string, unknown>>): Partial<ImageAttributes> {
  const attributes: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(READERS, key)) {
      const known = Object.keys(READERS);
      throw new ProgImageError(
        "invalid_parameter",
        `Cannot read attribute: there is none named ${JSON.stringify(key.slice(0, 64))}, only ${known.join(", ")}`,
        {
          details: { parameter: key.slice(0, 64), known },
        },
      );
    }
    attributes[key] = READERS[key as keyof ImageAttributes](value);
  }
  return attributes;
}

/** Applies a JSON merge patch to attributes. @see https://www.rfc-editor.org/rfc/rfc7396 */
export function patchAttributes(
  attributes: ImageAttributes,
  patch: Readonly<Record<string, unknown>>,
): ImageAttributes {
  const { name, tags, metadata, focalPoint, expiresAt } = attributes;
  const merged = mergePatch(
    { name, tags, metadata, focalPoint, expiresAt: expiresAt && new Date(expiresAt).toISOString() },
    patch,
  );
  return { ...NO_ATTRIBUTES, ...readAttributes(merged as Record<string, unknown>) };
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function readName(value: unknown): string {
  const limit = ATTRIBUTE_LIMITS.nameCharacters;
  if (!isText(value) || value.length > limit)
    throw invalid("name", `text of at most ${limit} characters`, limit);
  return value;
}

function readTags(value: unknown): readonly string[] {
  const { tags: limit, tagCharacters } = ATTRIBUTE_LIMITS;
  const must = `a list of at most ${limit} texts of 1 to ${tagCharacters} characters`;
  if (!Array.isArray(value)) throw invalid("tags", must);
  const tags = [...new Set(value)];
  const areFit = tags.every((tag) => isText(tag) && tag.length > 0 && tag.length <= tagCharacters);
  if (!areFit || tags.length > limit) throw invalid("tags", must, limit);
  return tags;
}

function readMetadata(value: unknown): Readonly<Record<string, ParamValue>> {
  const limit = ATTRIBUTE_LIMITS.metadataBytes;
  const must = `a JSON object of at most ${limit} bytes`;
  if (!isObject(value)) throw invalid("metadata", must);
  if (Buffer.byteLength(JSON.stringify(value)) > limit) throw invalid("metadata", must, limit);
  return value as Readonly<Record<string, ParamValue>>;
}

function readFocalPoint(value: unknown): FocalPoint | null {
  if (value === null) return null;
  const { x, y, ...others } = isObject(value) ? value : {};
  if (!isFraction(x) || !isFraction(y) || Object.keys(others).length > 0) {
    throw invalid("focalPoint", "an object with x and y from 0 to 1");
  }
  return { x, y };
}

function readExpiry(value: unknown): number | null {
  if (value === null) return null;
  const time = typeof value === "string" && ISO_TIME_REGEXP.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalid("expiresAt", "an ISO 8601 time such as 2030-01-31T12:00:00Z");
  return time;
}

const ISO_TIME_REGEXP = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Text that every database and header can carry: no control characters, no halves of characters. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFraction(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

function invalid(parameter: string, must: string, limit?: number): ProgImageError {
  return new ProgImageError("invalid_parameter", `Cannot read ${parameter} as it must be ${must}`, {
    details: { parameter, limit },
  });
}
