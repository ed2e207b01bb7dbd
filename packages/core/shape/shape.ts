import {
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TUnsafe,
  Type,
} from "@sinclair/typebox";

/**
 * A shape says what a JSON value must be. It is a TypeBox schema, hence JSON Schema, of a small subset, which `checkShape` holds:
 *
 * - objects: `properties`, `required`, `additionalProperties: false`; records: `patternProperties` for every name, `maxProperties`
 * - lists: `items`, `minItems`, `maxItems`, and `uniqueItems` for lists of texts
 * - texts: `minLength` and `maxLength` in UTF-16 code units, `pattern`, `format` (one of `shape_formats.ts`)
 * - numbers and integers: `minimum`, `maximum`; booleans; `null`; literals by `const`
 * - unions by `anyOf`: several literals are a choice, a union with `null` is nullable
 * - no keyword at all: every value, which is not walked
 *
 * `x-maxBytes` limits the bytes of a record's JSON. `title`, `description`, `default` and `examples` say something to readers only.
 */
export type Shape = TSchema;

/** Returns the shape of an object that has these properties and no others. */
export function objectShape<Properties extends TProperties>(properties: Properties): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false });
}

/** Returns the shape of a value that may be `null` instead. */
export function nullableShape<Inner extends TSchema>(inner: Inner) {
  return Type.Union([inner, Type.Null()]);
}

/** Returns the shape of an object with any names and values, of a limited number of bytes as JSON. */
export function jsonObjectShape({ maxBytes }: { readonly maxBytes?: number } = {}) {
  return Type.Record(Type.String(), Type.Unknown(), maxBytes === undefined ? {} : { "x-maxBytes": maxBytes });
}

/** Returns the shape of a text that is one of some words. */
export function choiceShape<Word extends string>(words: readonly Word[]): TUnsafe<Word> {
  return Type.Unsafe<Word>(Type.Union(words.map((word) => Type.Literal(word))));
}

/** Returns the shape of every value, for what another reader looks at. */
export function anyShape() {
  return Type.Unknown();
}

/** Returns these shapes as properties that may be absent. */
export function optionalProperties<Shapes extends Readonly<Record<string, TSchema>>>(
  shapes: Shapes,
): { [Name in keyof Shapes]: TOptional<Shapes[Name]> } {
  const entries = Object.entries<TSchema>(shapes).map(([name, shape]) => [name, Type.Optional(shape)]);
  return Object.fromEntries(entries);
}

/** The keywords of the subset, as the reader looks at them. */
export interface Keywords {
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Keywords[];
  readonly properties?: Readonly<Record<string, Keywords>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Keywords>>;
  readonly maxProperties?: number;
  readonly items?: Keywords;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly "x-maxBytes"?: number;
}

/** Whether a shape is that of every value. */
export function acceptsAll({ type, anyOf, const: literal }: Keywords): boolean {
  return type === undefined && anyOf === undefined && literal === undefined;
}
