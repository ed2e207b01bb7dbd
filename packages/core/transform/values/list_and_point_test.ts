import { describe, expect, expectTypeOf, test } from "bun:test";
import fc from "fast-check";
import { formatUrlRecipe } from "../recipe/format_recipe.ts";
import type { Length } from "./length.ts";
import {
  type ArgumentsOf,
  boolean,
  choice,
  color,
  integer,
  length,
  list,
  number,
  type Params,
  point,
  text,
} from "../contract/param.ts";
import { paramsSchema } from "../contract/param_schema.ts";
import { parseJsonRecipe } from "../recipe/parse_json_recipe.ts";
import { parseUrlRecipe } from "../recipe/parse_url_recipe.ts";
import { definePlugin } from "../contract/plugin.ts";
import type { Point } from "./point.ts";
import { createRegistry } from "../contract/registry.ts";
import { defineTransform } from "../contract/transform.ts";

const RUNS = { seed: 20_261_130, numRuns: 300 };

const PARAMS = {
  stops: list(color(), { min: 2, max: 4, default: ["000000", "ffffff"] }),
  corners: list(point({ min: -9, max: 9 }), { max: 3, optional: true }),
  sizes: list(integer({ min: 1, max: 99, words: ["auto"] }), { max: 3, optional: true }),
  modes: list(choice(["fast", "good"]), { max: 3, optional: true }),
  flags: list(boolean(), { max: 3, optional: true }),
  insets: list(length({ min: 0 }), { max: 3, optional: true }),
  center: point({ default: { x: 0.5, y: 0.5 } }),
};

function registryOf(params: Params) {
  const base = { name: "draw", version: 1, summary: "Draws" } as const;
  const draw = defineTransform({
    ...base,
    params,
    shorthand: "stops" in params ? "stops" : undefined,
    apply: (image) => image,
  });
  const sizes = list(integer(), { max: 3, default: [1] });
  const mark = defineTransform({
    ...base,
    name: "mark",
    params: { sizes },
    shorthand: "sizes",
    apply: (image) => image,
  });
  return createRegistry([definePlugin({ name: "@progimage/draw", transforms: [draw, mark] })]);
}

const registry = registryOf(PARAMS);
const DEFAULTS = { stops: ["000000", "ffffff"], center: { x: 0.5, y: 0.5 } };

describe("list() and point()", () => {
  test("have values of their members' types", () => {
    type Arguments = ArgumentsOf<typeof PARAMS>;
    expectTypeOf<Arguments["stops"]>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Arguments["corners"]>().toEqualTypeOf<readonly Point[] | undefined>();
    expectTypeOf<Arguments["sizes"]>().toEqualTypeOf<readonly (number | "auto")[] | undefined>();
    expectTypeOf<Arguments["modes"]>().toEqualTypeOf<readonly ("fast" | "good")[] | undefined>();
    expectTypeOf<Arguments["insets"]>().toEqualTypeOf<readonly Length[] | undefined>();
    expectTypeOf<Arguments["center"]>().toEqualTypeOf<Point>();
  });

  test.each([
    ["draw", {}, {}],
    ["draw=stops:red;0f0", { stops: ["red", "0f0"] }, { stops: ["ff0000", "00ff00"] }],
    ["draw=stops:red%3Bblue", { stops: ["red", "blue"] }, { stops: ["ff0000", "0000ff"] }],
    [
      "draw=corners:0x0;-1.5x.5;9x-0",
      {
        corners: [
          { x: 0, y: 0 },
          { x: -1.5, y: 0.5 },
          { y: 0, x: 9 },
        ],
      },
      {
        corners: [
          { x: 0, y: 0 },
          { x: -1.5, y: 0.5 },
          { x: 9, y: 0 },
        ],
      },
    ],
    ["draw=corners:", { corners: [] }, { corners: [] }],
    ["draw=sizes:3;auto;09", { sizes: [3, "auto", 9] }, { sizes: [3, "auto", 9] }],
    [
      "draw=modes:good,flags:true;false",
      { modes: ["good"], flags: [true, false] },
      { modes: ["good"], flags: [true, false] },
    ],
    ["draw=center:1x0.25", { center: { x: 1, y: 0.25 } }, { center: { x: 1, y: 0.25 } }],
    ['draw={"center":{"x":1,"y":0.25}}', { center: { x: 1, y: 0.25 } }, { center: { x: 1, y: 0.25 } }],
  ])("%s reads the same from URL and JSON", (query, json, params) => {
    const [step] = parseUrlRecipe(query, registry).steps;
    expect(step?.params).toEqual({ ...DEFAULTS, ...params });
    expect(parseJsonRecipe({ steps: [{ transform: "draw", ...json }] }, registry).steps).toEqual([
      step as never,
    ]);
  });

  test.each([
    ["draw=stops:red", "a list of 2 to 4, by semicolons in a URL, each a CSS colour name"],
    ["draw=stops:red;red;red;red;red", "a list of 2 to 4"],
    ["draw=stops:red;;blue", "a list of 2 to 4"],
    ['draw={"stops":"red;blue"}', "a list of 2 to 4"],
    [
      "draw=corners:0x0;10x0",
      "a list of at most 3, by semicolons in a URL, each a point such as 0.5x0.3, its x and y from -9 to 9",
    ],
    ["draw=center:0.5", "a point such as 0.5x0.3, its x and y from 0 to 1"],
    ["draw=center:0.5x1.5", "a point"],
    ["draw=center:0.5x0.5x0.5", "a point"],
    ["draw=center:1e-3x0", "a point"],
    ['draw={"center":{"x":1}}', "a point"],
    ['draw={"center":{"x":1,"y":1,"z":1}}', "a point"],
    ['draw={"center":[1,1]}', "a point"],
    ["draw=center:0;0", "a point"],
  ])("%s is refused", (query, message) => {
    expect(() => parseUrlRecipe(query, registry)).toThrow(message);
  });

  test("round-trip by URL and JSON with all values", () => {
    const coordinate = fc.double({ min: -9, max: 9, noNaN: true });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const json = fc.record(
      {
        stops: fc.array(fc.constantFrom("red", "00000080", "abc"), { minLength: 2, maxLength: 4 }),
        corners: fc.array(fc.record({ x: coordinate, y: coordinate }), { maxLength: 3 }),
        sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 99 }), fc.constant("auto")), { maxLength: 3 }),
        insets: fc.array(
          fc.oneof(
            share,
            share.map((value) => `${value.toFixed(3)}%`),
          ),
          { maxLength: 3 },
        ),
        center: fc.record({ x: share, y: share }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(json, (params) => {
        const recipe = parseJsonRecipe({ steps: [{ transform: "draw", ...params }] }, registry);
        expect(parseUrlRecipe(formatUrlRecipe(recipe, registry), registry)).toEqual(recipe);
        const steps = recipe.steps.map((step) => ({ transform: step.transform, ...step.params }));
        expect(parseJsonRecipe({ steps }, registry)).toEqual(recipe);
      }),
      RUNS,
    );
  });

  test("are written readably in URLs", () => {
    const recipe = parseUrlRecipe("draw=corners:0x0;1x.5", registry);
    expect(formatUrlRecipe(recipe, registry)).toBe("draw=corners:0x0;1x0.5");
  });

  test.each([
    ["draw=stops:black;fff,center:.5x0.50", "draw"],
    ["draw=red;0f0,center:0x1,corners:", "draw=ff0000;00ff00,corners:,center:0x1"],
    ["draw=center:0.0000001x0", "draw=center:0.0000001x0"],
    ["draw=insets:5%25;10;-0pct", "draw=insets:5pct;10;0pct"],
    ["draw=modes:~fmc7ZmFzdA", "draw=modes:~fmc7ZmFzdA"],
    ["mark", "mark"],
    ["mark=sizes:", "mark=sizes:"],
    ["mark=1;2", "mark=1;2"],
  ])("%s is written %s", (query, written) => {
    const trial = registryOf({ ...PARAMS, modes: list(choice(["~g", "fast"]), { max: 3, optional: true }) });
    const recipe = parseUrlRecipe(query, trial);
    expect(formatUrlRecipe(recipe, trial)).toBe(written);
    expect(parseUrlRecipe(written, trial)).toEqual(recipe);
  });

  test("have a JSON Schema", () => {
    const coordinate = { type: "number", minimum: 0, maximum: 1 };
    expect(paramsSchema(PARAMS)["properties"]).toMatchObject({
      stops: {
        type: "array",
        items: { type: "string", format: "color" },
        minItems: 2,
        maxItems: 4,
        default: ["000000", "ffffff"],
      },
      center: {
        type: "object",
        properties: { x: coordinate, y: coordinate },
        required: ["x", "y"],
        additionalProperties: false,
      },
    });
  });

  test.each<[params: object, message: string]>([
    [{ a: { kind: "list", of: color() } }, "has a max that is no whole number from 1 to 1000: undefined"],
    [{ a: list(color(), { max: 1001 }) }, "has a max that is no whole number"],
    [{ a: list(color(), { min: 3, max: 2 }) }, "has a min that is no whole number from 0 to its max: 3"],
    [{ a: list(text() as never, { max: 2 }) }, 'has members of a kind that no list can have: "text"'],
    [
      { a: list(list(color(), { max: 1 }) as never, { max: 2 }) },
      'has members of a kind that no list can have: "list"',
    ],
    [
      { a: list(color({ default: "ffffff" }), { max: 2 }) },
      'has members whose declaration has no key "default"',
    ],
    [{ a: list(number({ min: 2, max: 1 }), { max: 2 }) }, "has members whose declaration allows no value"],
    [
      { a: list(choice(["a;b"]), { max: 2 }) },
      'has a member that is empty or has a comma or semicolon: "a;b"',
    ],
    [
      { a: list(choice(["a", ""]), { max: 2 }) },
      'has a member that is empty or has a comma or semicolon: ""',
    ],
    [{ a: list(color(), { max: 2, default: ["red"] }) }, 'has a default that must be written ["ff0000"]'],
    [{ a: point({ min: 2, optional: true }) }, "allows no value as its min 2 is above its max 1"],
    [{ a: point({ default: { x: 2, y: 0 } }) }, "has a default that it would refuse"],
  ])("%j is no declaration", (params, message) => {
    expect(() => registryOf(params as Params)).toThrow(message);
  });
});
