import type { TObject, TOptional, TSchema } from "@sinclair/typebox";
import { ProgImageError } from "../error.ts";
import { pathOf, readShape, type ReadShapeOptions } from "../shape/read_shape.ts";
import { describedShape, namedShape, objectShape, optionalProperties } from "../shape/shape.ts";
import { type Attribute, ATTRIBUTES, EXPIRES_IN } from "./attribute_table.ts";
import type { ImageAttributes, SaidAttributes, SharedAttributes } from "./image.ts";

type Name = keyof ImageAttributes;

const TABLE = Object.entries(ATTRIBUTES) as readonly (readonly [Name, Attribute<Name>])[];

/** The default attributes of an image. */
export const NO_ATTRIBUTES = collect(([, attribute]) => attribute.default) as unknown as ImageAttributes;

/** The attributes of an image in a request. */
export const ATTRIBUTES_SHAPE = describedShape(
  namedShape("ImageAttributes", shapeOf(collect(([, { shape }]) => shape))),
  "The attributes of an image. At most one of expiresAt and expiresIn",
);

/** The attributes of many images in a request. */
export const SHARED_ATTRIBUTES_SHAPE = describedShape(
  namedShape(
    "SharedAttributes",
    shapeOf(
      collect(
        ([, { shape }]) => shape,
        ([, { isShared }]) => isShared,
      ),
    ),
  ),
  "The attributes that many images can share. Each has its own name",
);

/** A JSON merge patch of attributes. @see https://www.rfc-editor.org/rfc/rfc7396 */
export const PATCH_SHAPE = describedShape(
  namedShape("ImagePatch", shapeOf(collect(([, { patch }]) => patch))),
  "A JSON merge patch (RFC 7396): what is absent stays, null sets it back",
);

/** Options for {@linkcode readSharedAttributes} and {@linkcode readPatch}. */
export interface ReadAttributesOptions extends ReadShapeOptions {
  /** The time from which `expiresIn` counts, in milliseconds since 1970. */
  readonly now: number;
}

/**
 * Parses attributes from JSON. Absent attributes are absent in the result.
 *
 * @throws {ProgImageError} `invalid_parameter` naming the attribute, also for an unknown one
 */
export function readAttributes(json: unknown, options: ReadShapeOptions = {}): SaidAttributes {
  return valuesOf(readWritten(ATTRIBUTES_SHAPE, json, options));
}

/** Parses the shared attributes of many images. Throws as {@linkcode readAttributes} does. */
export function readSharedAttributes(json: unknown, options: ReadAttributesOptions): SharedAttributes {
  return settleExpiry(valuesOf(readWritten(SHARED_ATTRIBUTES_SHAPE, json, options)), options.now);
}

/** Returns attributes with a relative expiry converted to a time. */
export function settleExpiry<Said extends SaidAttributes>(
  { expiresIn, ...attributes }: Said,
  now: number,
): Omit<Said, "expiresIn"> {
  return expiresIn === undefined ? attributes : { ...attributes, expiresAt: now + expiresIn * 1000 };
}

/** Returns shared attributes overridden by those of one image. An own expiry of either form replaces both shared forms. */
export function withOwnAttributes(shared: SaidAttributes, own: SaidAttributes): SaidAttributes {
  const { expiresAt: _expiresAt, expiresIn: _expiresIn, ...lasting } = shared;
  const saysExpiry = own.expiresAt !== undefined || own.expiresIn !== undefined;
  return { ...(saysExpiry ? lasting : shared), ...own };
}

/** Returns a canonical text, which is equal for equal attributes. */
export function attributesText({ expiresIn, ...attributes }: SaidAttributes): string {
  const given = attributesJson({ ...NO_ATTRIBUTES, ...attributes });
  const defaults = attributesJson(NO_ATTRIBUTES);
  // Without defaults the text stays the same when a version brings a new attribute.
  const changed = Object.entries(given).filter(
    ([name, value]) => stableJson(value) !== stableJson(defaults[name as Name]),
  );
  return stableJson({ ...Object.fromEntries(changed), ...(expiresIn !== undefined && { expiresIn }) });
}

/** A parsed JSON merge patch of attributes. It may still not fit an image. */
export interface AttributePatch {
  readonly json: Readonly<Record<string, unknown>>;
  /** Its path in the request. */
  readonly path: string;
}

/** Parses a merge patch of attributes. @throws {ProgImageError} `invalid_parameter` for one that fits no image */
export function readPatch(json: unknown, options: ReadAttributesOptions): AttributePatch {
  const { expiresIn, ...written } = readWritten(PATCH_SHAPE, json, options);
  const path = options.path ?? "";
  if (expiresIn === undefined) return { json: written, path };
  const expiresAt = new Date(options.now + Number(expiresIn) * 1000).toISOString();
  return { json: { ...written, expiresAt }, path };
}

/**
 * Returns attributes after a patch.
 *
 * @throws {ProgImageError} `invalid_parameter` if the result is invalid
 */
export function patchAttributes(
  attributes: ImageAttributes,
  { json, path }: AttributePatch,
): ImageAttributes {
  const before = attributesJson(attributes);
  const changes = Object.entries(json).map(([name, patch]) => [name, changeOf(name as Name, before, patch)]);
  const merged = mergePatch(before, Object.fromEntries(changes));
  return { ...NO_ATTRIBUTES, ...valuesOf(readShape(ATTRIBUTES_SHAPE, merged, { path })) };
}

/** Returns the merge patch of one attribute, after its own `change` if it has one. */
function changeOf(name: Name, before: Readonly<Record<Name, unknown>>, patch: unknown): unknown {
  const { change }: Pick<Attribute<Name>, "change"> = ATTRIBUTES[name];
  return change ? change(before[name] as never, patch as never) : patch;
}

/** Returns attributes as JSON. */
export function attributesJson(attributes: ImageAttributes): Readonly<Record<Name, unknown>> {
  return collect(([name, { toJson }]) => toJson(attributes[name] as never));
}

function readWritten(
  shape: TSchema,
  json: unknown,
  options: ReadShapeOptions,
): Readonly<Record<string, unknown>> {
  const written: Readonly<Record<string, unknown>> = readShape(shape, json, options) as never;
  const isTwice = written["expiresIn"] !== undefined && written["expiresAt"] !== undefined;
  if (isTwice) throw bothExpiries(options.path ?? "");
  return written;
}

function bothExpiries(path: string): ProgImageError {
  const parameter = pathOf(path, ["expiresIn"]);
  const message = `Cannot read ${parameter} as it cannot be combined with expiresAt`;
  return new ProgImageError("conflicting_parameters", message, { details: { parameter } });
}

function valuesOf(written: unknown): SaidAttributes {
  const given = Object.entries(written as object).filter(([, json]) => json !== undefined);
  return Object.fromEntries(
    given.map(([name, json]) => [
      name,
      name === "expiresIn" ? json : ATTRIBUTES[name as Name].fromJson(json as never),
    ]),
  );
}

/** Returns JSON whose object keys are sorted. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_name, each: unknown) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
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

function shapeOf(shapes: Readonly<Record<string, TSchema>>): TObject<Record<string, TOptional<TSchema>>> {
  return objectShape(optionalProperties({ ...shapes, expiresIn: EXPIRES_IN }));
}

function collect<T>(
  value: (row: (typeof TABLE)[number]) => T,
  isWanted: (row: (typeof TABLE)[number]) => boolean = () => true,
): Record<Name, T> {
  const entries = TABLE.filter(isWanted).map((row) => [row[0], value(row)]);
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
