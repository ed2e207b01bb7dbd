import {
  type Static,
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TUnsafe,
  Type,
} from "@sinclair/typebox";

/**
 * A shape defines the valid JSON values. It is a TypeBox schema, and therefore JSON Schema, in a small subset that `checkShape` enforces:
 *
 * - objects: `properties`, `required`, `additionalProperties: false`, and `x-oneOf`, names of which exactly one is there;
 *   records: `patternProperties` for every name, `maxProperties`
 * - lists: `items`, `minItems`, `maxItems`, and `uniqueItems` for lists of texts
 * - texts: `minLength` and `maxLength` in UTF-16 code units, `pattern`, `format` (one of `shape_formats.ts`)
 * - numbers and integers: `minimum`, `maximum`; booleans; `null`; literals by `const`
 * - unions by `anyOf`: several literals are a choice, a union with `null` is nullable
 * - no keyword at all: any value, which is not walked
 *
 * `x-maxBytes` limits the bytes of a record's JSON. `title`, `description`, `default`, `examples`, `$id` and `x-shape` are for documents
 * only: `$id` is the name of the shape in documents and in the client's types.
 */
export type Shape = TSchema;

/** The read-only JSON type of a shape. */
export type JsonOf<S extends TSchema> = Json<Static<S>>;

type Json<T> = T extends readonly (infer Item)[]
  ? readonly Json<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Json<T[Name]> }
    : T;

/** Returns the shape of an object that has these properties and no others. */
export function objectShape<Properties extends TProperties>(properties: Properties): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false });
}

/** Returns the shape of an object that has exactly one of some properties. Others may be there as well. */
export function oneOfShape<Choices extends Readonly<Record<string, TSchema>>>(
  choices: Choices,
  others: TProperties = {},
) {
  const shape = objectShape(optionalProperties(choices));
  return { ...shape, properties: { ...shape.properties, ...others }, "x-oneOf": Object.keys(choices) };
}

/** Returns the shape of an object in an answer. Later versions may add members to it. */
export function answerShape<Properties extends TProperties>(
  name: string,
  properties: Properties,
  { description }: { readonly description?: string } = {},
): TObject<Properties> {
  return Type.Object(properties, { $id: name, ...(description !== undefined && { description }) });
}

/** Returns a shape with its name in documents and in the client's types. */
export function namedShape<S extends TSchema>(name: string, shape: S): S {
  return { ...shape, $id: name };
}

/** Returns a shape with a description of its purpose in this place. */
export function describedShape<S extends TSchema>(shape: S, description: string): S {
  return { ...shape, description };
}

/** Returns the shape of a value that may also be `null`. */
export function nullableShape<Inner extends TSchema>(inner: Inner) {
  return Type.Union([inner, Type.Null()]);
}

/** Returns the shape of an object with any names and values, with an optional limit on the bytes of its JSON. */
export function jsonObjectShape({ maxBytes }: { readonly maxBytes?: number } = {}) {
  return Type.Record(Type.String(), Type.Unknown(), maxBytes === undefined ? {} : { "x-maxBytes": maxBytes });
}

/** Returns the shape of a text that is one of some words. */
export function choiceShape<Word extends string>(words: readonly Word[]): TUnsafe<Word> {
  return Type.Unsafe<Word>(Type.Union(words.map((word) => Type.Literal(word))));
}

/** Returns the shape of any value, which another reader checks. */
export function anyShape() {
  return Type.Unknown();
}

/** Returns the shape of a value that another reader checks, and that documents show as `shape`. */
export function shownShape(shape: TSchema) {
  return Type.Unknown({ "x-shape": shape });
}

/** Returns these shapes as optional properties. */
export function optionalProperties<Shapes extends Readonly<Record<string, TSchema>>>(
  shapes: Shapes,
): { [Name in keyof Shapes]: TOptional<Shapes[Name]> } {
  const entries = Object.entries<TSchema>(shapes).map(([name, shape]) => [name, Type.Optional(shape)]);
  return Object.fromEntries(entries);
}

/** The keywords of the subset, in the form that the reader uses. */
export interface Keywords {
  readonly $id?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Keywords[];
  readonly properties?: Readonly<Record<string, Keywords>>;
  readonly additionalProperties?: Keywords | boolean;
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
  readonly "x-oneOf"?: readonly string[];
  readonly "x-shape"?: Keywords;
}

/** Whether a shape accepts every value. */
export function acceptsAll({ type, anyOf, const: literal }: Keywords): boolean {
  return type === undefined && anyOf === undefined && literal === undefined;
}
