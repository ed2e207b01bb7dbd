import { describe, expect, test } from "bun:test";
import { type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import fc from "fast-check";
import { isProgImageError } from "../error.ts";
import { readShape, type ReadShapeOptions } from "./read_shape.ts";
import { acceptsAll, jsonObjectShape, nullableShape, objectShape, oneOfShape } from "./shape.ts";

const TAG = Type.String({ format: "line", minLength: 1, maxLength: 5 });
const CHOICE = Type.Union([Type.Literal("low"), Type.Literal("normal"), Type.Literal("high")]);
const POINT = objectShape({ x: Type.Number({ minimum: 0, maximum: 1 }), y: Type.Number() });
const SELECTION = Type.Union([
  objectShape({ ids: Type.Array(Type.String(), { minItems: 1 }) }),
  objectShape({ all: Type.Literal(true) }),
]);
const SHAPE = objectShape({
  tags: Type.Optional(Type.Array(TAG, { maxItems: 3, uniqueItems: true })),
  priority: Type.Optional(CHOICE),
  point: Type.Optional(nullableShape(POINT)),
  metadata: Type.Optional(jsonObjectShape({ maxBytes: 20 })),
  counts: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 1 }), { maxProperties: 2 })),
  time: Type.Optional(Type.String({ format: "date-time" })),
  code: Type.Optional(Type.String({ pattern: "^[a-z]+$" })),
  select: Type.Optional(SELECTION),
  flag: Type.Optional(Type.Boolean()),
  anything: Type.Optional(Type.Unknown()),
  one: Type.Optional(oneOfShape({ first: Type.String(), second: Type.Integer() })),
});

describe("readShape", () => {
  test("returns a value that matches", () => {
    const value = {
      tags: ["a", "ü🎈"],
      priority: "low",
      point: { x: 0, y: -1.5 },
      metadata: { a: { b: [null] } },
      counts: { a: 1 },
      time: "2030-01-31T12:00:00Z",
      code: "abc",
      select: { all: true },
      flag: false,
      anything: [{}],
    };
    expect(readShape(SHAPE, value)).toBe(value as never);
    expect(readShape(SHAPE, { point: null, tags: undefined })).toEqual({ point: null });
  });

  test("rejects none and several if exactly one is required", () => {
    const refusal = (one: object) => {
      try {
        return readShape(SHAPE, { one });
      } catch (error) {
        return isProgImageError(error) && [error.code, error.message];
      }
    };
    const must = "Cannot read one as it must have exactly one of first, second: it has";
    expect(refusal({})).toEqual(["invalid_parameter", `${must} none`]);
    expect(refusal({ second: undefined })).toEqual(["invalid_parameter", `${must} none`]);
    expect(refusal({ first: "", second: 1 })).toEqual(["conflicting_parameters", `${must} first and second`]);
    expect(refusal({ first: "" })).toEqual({ one: { first: "" } });
  });

  const refusals: readonly (readonly [json: unknown, message: string, details: object])[] = [
    [[], "Cannot read the request as it must be an object: it is a list of 0 items", { parameter: "" }],
    [{ tags: "a" }, 'Cannot read tags as it must be a list of at most 3 items, each once: it is "a"', {}],
    [
      { tags: ["a", "b", "c", 4] },
      "Cannot read tags as it must be a list of at most 3 items, each once: it has 4 items",
      { parameter: "tags", limit: 3 },
    ],
    [
      { tags: ["a", "a"] },
      "Cannot read tags as it must be a list of at most 3 items, each once: it is a list of 2 items",
      {},
    ],
    [
      { tags: ["a", "toolong"] },
      "Cannot read tags/1 as it must be text without control characters of 1 to 5 characters: it has 7 characters",
      { parameter: "tags/1", limit: 5 },
    ],
    [
      { tags: ["\n"] },
      'without control characters of 1 to 5 characters: it is "\\n"',
      { parameter: "tags/0" },
    ],
    [{ tags: ["\ud800"] }, "Cannot read tags/0 as", {}],
    [
      { priority: "hihg" },
      'Cannot read priority as it must be one of low, normal, high: it is "hihg"',
      { known: ["low", "normal", "high"], suggestion: "high" },
    ],
    [{ point: 3 }, "Cannot read point as it must be an object with x and y or null: it is 3", {}],
    [{ point: { x: 1 } }, "Cannot read point/y as it must be a number: it is missing", {}],
    [
      { point: { x: 2, y: 0 } },
      "Cannot read point/x as it must be a number from 0 to 1: it is 2",
      { parameter: "point/x" },
    ],
    [
      { metadata: { long: "x".repeat(30) } },
      "Cannot read metadata as it must be a JSON object of at most 20 bytes: it has 41 bytes",
      { parameter: "metadata", limit: 20 },
    ],
    [{ metadata: [] }, "Cannot read metadata as it must be a JSON object of at most 20 bytes", {}],
    [{ counts: { a: 1, b: 1, c: 1 } }, "of at most 2 names: it has 3 names", { parameter: "counts" }],
    [{ counts: { a: 0 } }, "Cannot read counts/a as it must be a whole number of at least 1: it is 0", {}],
    [{ counts: { "a b": 0 } }, 'Cannot read "counts/a b" as', { parameter: "counts/a b" }],
    [{ time: "2030-13-31" }, "it must be an ISO 8601 time such as 2030-01-31T12:00:00Z: it is", {}],
    [{ code: "A" }, 'as it must be text that matches ^[a-z]+$: it is "A"', {}],
    [{ select: { ids: [] } }, "Cannot read select/ids as it must be a list of at least 1 item: it has 0", {}],
    [{ select: { ids: ["a", 1] } }, "Cannot read select/ids/1", { parameter: "select/ids/1" }],
    [{ select: {} }, "Cannot read select as it must be an object with ids or an object with all", {}],
    [{ flag: 1 }, "Cannot read flag as it must be true or false: it is 1", {}],
    [
      { tgas: [] },
      `Cannot read tgas: there is no field of this name, only ${Object.keys(SHAPE.properties).join(", ")}`,
      { parameter: "tgas", known: Object.keys(SHAPE.properties), suggestion: "tags" },
    ],
    [JSON.parse('{"__proto__":1}'), "Cannot read __proto__: there is no field", {}],
    [{ point: { x: 1, y: 1, z: 1 } }, "Cannot read point/z: there is no field", { known: ["x", "y"] }],
  ];
  for (const [json, message, details] of refusals)
    test(`refuses ${JSON.stringify(json).slice(0, 60)}`, () => {
      const error = refusalOf(SHAPE, json);
      expect(error.message).toContain(message);
      expect(error.details).toMatchObject(details);
    });

  test("reports a missing property", () => {
    expect(refusalOf(POINT, { x: 0 }).message).toBe("Cannot read y as it must be a number: it is missing");
  });

  test("reports the path within the request, and suggests names beside the shape", () => {
    const options = { path: "save", beside: ["url"] };
    expect(refusalOf(SHAPE, { tags: [0] }, options).details.parameter).toBe("save/tags/0");
    expect(refusalOf(SHAPE, 1, options).message).toStartWith("Cannot read save as");
    expect(refusalOf(SHAPE, { ulr: 1 }, options).details).toMatchObject({
      parameter: "save/ulr",
      suggestion: "url",
    });
    expect(refusalOf(SHAPE, { ["x".repeat(999)]: 1 }, options).details.parameter).toHaveLength(69);
  });

  test("counts the items of a list before it checks them", () => {
    const lists = Array.from({ length: 1_000 }, () => ({
      get length(): number {
        throw new Error("looked at");
      },
    }));
    expect(refusalOf(SHAPE, { tags: lists }).message).toContain("it has 1000 items");
  });

  test("goes no deeper than the shape", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 200_000; depth++) deep = { deep };
    expect(readShape(SHAPE, { anything: deep })).toBeDefined();
    expect(refusalOf(SHAPE, { point: deep }).message).toContain("Cannot read point");
  });

  test("throws a TypeError for a shape with unsupported keywords", () => {
    for (const shape of [
      Type.Number({ multipleOf: 2 }),
      Type.Object({ a: Type.Number() }),
      Type.String({ format: "no-such" }),
      Type.Tuple([Type.Number()]),
      Type.Array(Type.Array(Type.Number(), { contains: Type.Number() })),
      Type.Array(Type.Number(), { uniqueItems: true }),
      Type.Intersect([objectShape({}), objectShape({})]),
      Type.Date(),
      nullableShape(Type.Unknown()),
      objectShape({ a: Type.BigInt() }),
    ])
      expect(() => readShape(shape, 0)).toThrow(TypeError);
  });

  test("accepts the same values as TypeBox in the plain subset", () => {
    let accepted = 0;
    const runs = 1_500;
    fc.assert(
      fc.property(shapeAndValue, ([shape, value]) => {
        const isFit = Value.Check(shape, value);
        if (isFit) accepted++;
        expect([isFit, shape, value]).toEqual([accepts(shape, value), shape, value]);
      }),
      { numRuns: runs },
    );
    // Both results must be frequent, or the test would prove little.
    expect(accepted).toBeGreaterThan(runs / 5);
    expect(accepted).toBeLessThan((runs * 4) / 5);
  });
});

/** TypeBox treats inherited properties as the value's own, so shapes have no properties of these names. */
const property = fc.constantFrom("a", "b", "c");
const name = fc.oneof(property, fc.constantFrom("__proto__", "constructor"));
const text = fc.oneof(fc.constantFrom("", "a", "b", "ab", "🎈"), fc.string({ maxLength: 5 }));
const small = fc.integer({ min: 0, max: 3 });
const bounds: fc.Arbitrary<{ readonly min?: number; readonly max?: number }> = fc.oneof(
  fc.constant({}),
  small.map((min) => ({ min })),
  small.map((max) => ({ max })),
  fc.tuple(small, small).map(([min, more]) => ({ min, max: min + more })),
);

/** Any shape of the plain subset, without our own formats and limits on bytes. */
const { shape: anyShape } = fc.letrec<{ shape: TSchema }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(Type.Boolean(), Type.Null(), Type.Unknown(), Type.Literal("a"), Type.Literal(1)),
    bounds.map(({ min, max }) => Type.String(defined({ minLength: min, maxLength: max }))),
    fc.constantFrom("^a", "b$", "^[ab]*$").map((pattern) => Type.String({ pattern })),
    bounds.map(({ min, max }) => Type.Number(defined({ minimum: min, maximum: max }))),
    bounds.map(({ min, max }) => Type.Integer(defined({ minimum: min, maximum: max }))),
    fc
      .uniqueArray(text, { minLength: 1, maxLength: 3 })
      .map((words) => Type.Union(words.map((each) => Type.Literal(each)))),
    fc
      .tuple(tie("shape"), bounds)
      .map(([items, { min, max }]) => Type.Array(items, defined({ minItems: min, maxItems: max }))),
    fc.constant(Type.Array(Type.String(), { uniqueItems: true })),
    fc
      .tuple(tie("shape"), fc.option(small))
      .map(([each, max]) => Type.Record(Type.String(), each, defined({ maxProperties: max ?? undefined }))),
    fc.array(tie("shape"), { minLength: 1, maxLength: 3 }).map((members) => Type.Union(members.map(some))),
    tie("shape").map((each) => nullableShape(some(each))),
    fc
      .dictionary(property, fc.tuple(tie("shape"), fc.boolean()), { maxKeys: 3 })
      .map((properties) =>
        objectShape(
          Object.fromEntries(
            Object.entries(properties).map(([key, [each, isOptional]]) => [
              key,
              isOptional ? Type.Optional(each) : each,
            ]),
          ),
        ),
      ),
  ),
}));

const shapeAndValue = anyShape.chain((shape) => fc.tuple(fc.constant(shape), valueFor(shape)));

/** A union must not have a member that accepts every value. */
function some(shape: TSchema): TSchema {
  return acceptsAll(shape) ? Type.Boolean() : shape;
}

/** Returns mostly values that match or nearly match. */
function valueFor(shape: TSchema): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 9, arbitrary: nearly(shape) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );
}

function nearly(shape: TSchema): fc.Arbitrary<unknown> {
  if (shape["anyOf"]) return fc.oneof(...(shape["anyOf"] as TSchema[]).map(valueFor));
  if ("const" in shape) return fc.constant(shape["const"]);
  const [record] = Object.values((shape["patternProperties"] ?? {}) as Record<string, TSchema>);
  switch (shape["type"]) {
    case "string":
      return text;
    case "integer":
      return fc.oneof(fc.integer({ min: -1, max: 7 }), fc.constant(1.5));
    case "number":
      return fc.oneof(fc.double({ min: -1, max: 7, noNaN: true }), small);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valueFor(shape["items"]), { maxLength: 4 });
    case "object":
      if (record) return fc.dictionary(name, valueFor(record), { maxKeys: 4 });
      return fc.record(
        Object.fromEntries(
          Object.entries(shape["properties"] as Record<string, TSchema>).map(([key, each]) => [
            key,
            valueFor(each),
          ]),
        ),
        { requiredKeys: (shape["required"] ?? []).filter((key: string) => key !== "c") },
      );
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function accepts(shape: TSchema, value: unknown): boolean {
  try {
    readShape(shape, value);
    return true;
  } catch (error) {
    if (isProgImageError(error)) return false;
    throw error;
  }
}

function refusalOf(shape: TSchema, value: unknown, options?: ReadShapeOptions) {
  try {
    readShape(shape, value, options);
  } catch (error) {
    if (isProgImageError(error)) return error;
    throw error;
  }
  throw new Error("Cannot test the refusal: it was read");
}
