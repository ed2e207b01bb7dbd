import type { FocalPoint, JobAttributes } from "../shapes.ts";

/** The attributes that every call accepts for the images that it stores. */
export interface ImageDescription extends Omit<JobAttributes, "expiresAt"> {
  /** The time at which the image is deleted. Text is ISO 8601. @default {null}, which keeps it */
  readonly expiresAt?: Date | string | null;
  /** Seconds from now, by the server's clock, in place of `expiresAt`. */
  readonly expiresIn?: number;
}

/** The attributes of one new image. */
export interface NamedDescription extends ImageDescription {
  readonly name?: string;
}

/** Names of earlier versions. JavaScript would ignore them, and images that were to expire would stay. */
const FORMER_NAMES = [
  ["expires", "expiresAt or expiresIn"],
  ["tag", "tags"],
] as const;

/**
 * Writes attributes of images as the server's JSON.
 *
 * @throws {TypeError} for a name of an earlier version
 * @throws {RangeError} for an invalid time
 */
export function jsonDescription(description: NamedDescription) {
  for (const [former, now] of FORMER_NAMES)
    if (former in description) throw new TypeError(`Cannot use ${former}: it is called ${now}`);
  const { name, tags, metadata, focalPoint, private: isPrivate, expiresAt, expiresIn } = description;
  return {
    name,
    tags,
    metadata,
    focalPoint,
    private: isPrivate,
    expiresAt: expiresAt instanceof Date ? timeText(expiresAt) : expiresAt,
    expiresIn: expiresIn === undefined ? undefined : wholeSeconds(expiresIn),
  } satisfies Readonly<Record<keyof NamedDescription, unknown>>;
}

/**
 * Writes attributes of images as names and values of a query or a form.
 *
 * @throws {RangeError} for an invalid time
 */
export function describe(description: NamedDescription): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(jsonDescription(description)))
    for (const text of textsOf(name, value)) fields.append(name, text);
  return fields;
}

/** Returns the texts of a value; `null` is the default and has none. */
function textsOf(name: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map(String);
  if (name !== "focalPoint") return [typeof value === "object" ? JSON.stringify(value) : String(value)];
  const { x, y } = value as FocalPoint;
  return [`${x},${y}`];
}

function timeText(time: Date): string {
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new RangeError("Cannot let an image expire as expiresAt must be a time: it is an invalid Date");
}

function wholeSeconds(seconds: number): number {
  if (Number.isFinite(seconds) && seconds > 0) return Math.ceil(seconds);
  throw new RangeError(`Cannot let an image expire as expiresIn must be seconds from now: it is ${seconds}`);
}
