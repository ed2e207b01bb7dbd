import { describe, expect, test } from "bun:test";
import { createPresets, createRegistry, DEFAULT_LIMITS } from "@progimage/core";
import filters from "@progimage/plugin-filters";
import geometry from "@progimage/plugin-geometry";
import {
  readOutputs,
  readRenderRequest,
  readTransformRequest,
  type RenderRequest,
  type WrittenRequest,
} from "./render_request.ts";

const transforms = createRegistry([geometry, filters]);
const READERS = {
  limits: { ...DEFAULT_LIMITS, recipeSteps: 3 },
  presets: createPresets({ hero: { recipe: "flip" } }, transforms),
  transforms,
};

const ID = "01920000-0000-7000-8000-000000000001";
const URL_OF = "https://example.com/a.png";

const writtenOf = (written: Partial<WrittenRequest>) => ({ query: "", fields: [], json: null, ...written });
const render = (written: Partial<WrittenRequest>) => readRenderRequest(READERS, writtenOf(written));
const flip = (written: Partial<WrittenRequest>) => readTransformRequest("flip", writtenOf(written), READERS);

const failure = (code: string, parameter?: string) =>
  expect.objectContaining({
    code,
    ...(parameter !== undefined && { details: expect.objectContaining({ parameter }) }),
  });

const FLIP = { transform: "flip", params: {} };

describe("readRenderRequest()", () => {
  test("reads the same recipe from the query, a field, and JSON", () => {
    const expected: RenderRequest = {
      sources: [ID],
      outputs: [{ name: null, steps: [FLIP], format: "webp" }],
      isList: false,
      reuse: false,
      save: null,
    };
    const source: readonly [string, string] = ["source", ID];
    const steps = [{ transform: "flip" }];
    const forms: readonly Partial<WrittenRequest>[] = [
      { query: `source=${ID}&flip&format=webp` },
      { query: "flip&format=webp", fields: [source] },
      { fields: [source, ["recipe", "flip&format=webp"]] },
      { fields: [source, ["recipe", ' {"steps":[{"transform":"flip"}],"format":"webp"}']] },
      { json: { source: ID, steps, format: "webp" } },
      { query: `source=${ID}`, json: { preset: "hero", format: "webp" } },
    ];
    for (const form of forms) expect(render(form)).toEqual(expected);
  });

  test("joins the sources of the query, of a form and of JSON, in this order", () => {
    const sources = [ID.replace(/1$/, "2"), URL_OF];
    expect(render({ query: `source=${ID}`, json: { sources } }).sources).toEqual([ID, ...sources]);
    expect(render({ query: `source=${ID}`, fields: [["source", URL_OF]] }).sources).toEqual([ID, URL_OF]);
  });

  test("is a list with outputs or sources, even of one", () => {
    expect(render({ json: { outputs: [{ name: "a", recipe: "flip" }] } })).toMatchObject({
      isList: true,
      outputs: [{ name: "a", steps: [FLIP], format: null }],
    });
    expect(render({ json: { sources: [ID] } }).isList).toBe(true);
    expect(render({ json: { source: ID } }).isList).toBe(false);
  });

  test.each([
    ["", null],
    ["save=false", null],
    ["save", {}],
    ["save=", {}],
    ["save=true", {}],
  ])("reads whether the query %j stores its results", (query, save) => {
    expect(render({ query }).save).toEqual(save);
    expect(render({ query, json: {} }).save).toEqual(save);
    expect(render({ query, json: { save: null } }).save).toEqual(save);
  });

  test("reads attributes of stored results, and reuse, from JSON", () => {
    expect(render({ json: { save: { tags: ["a"] }, reuse: true } })).toMatchObject({
      save: { tags: ["a"] },
      reuse: true,
    });
    for (const save of [false, null]) expect(render({ json: { save } }).save).toBeNull();
  });

  const refused: readonly (readonly [Partial<WrittenRequest>, code: string, parameter?: string])[] = [
    [{ query: "save=yes" }, "invalid_parameter", "save"],
    [{ query: "save&save=false" }, "conflicting_parameters", "save"],
    [{ query: "save", fields: [["save", "true"]] }, "conflicting_parameters", "save"],
    [{ query: "save", json: { save: false } }, "conflicting_parameters", "save"],
    [{ query: "source=x" }, "invalid_parameter", "source"],
    [{ query: "source=@mask" }, "invalid_parameter", "source"],
    [{ query: "source=file:///etc/passwd" }, "invalid_parameter", "source"],
    [{ query: "flip&flip&flip&flip" }, "invalid_request"],
    [{ query: "flipp" }, "unknown_transform"],
    [{ fields: [["x", "1"]] }, "unknown_parameter", "x"],
    [{ fields: [["x".repeat(100), "1"]] }, "unknown_parameter", "x".repeat(64)],
    [
      {
        fields: [
          ["recipe", "flip"],
          ["recipe", "flip"],
        ],
      },
      "conflicting_parameters",
      "recipe",
    ],
    [{ fields: [["recipe", "{"]] }, "invalid_request"],
    [{ query: "flip", fields: [["recipe", "flip"]] }, "conflicting_parameters"],
    [{ query: "format=webp", json: {} }, "conflicting_parameters"],
    [{ json: { source: ID, sources: [ID] } }, "conflicting_parameters", "sources"],
    [{ json: { outputs: [] } }, "invalid_parameter", "outputs"],
    [{ json: { outputs: [{}], steps: [] } }, "conflicting_parameters", "steps"],
    [{ json: { x: 1 } }, "unknown_parameter", "x"],
    [{ json: { reuse: "true" } }, "invalid_parameter", "reuse"],
    [{ json: { save: { expiresIn: 0 } } }, "invalid_parameter", "save/expiresIn"],
  ];
  for (const [written, code, parameter] of refused)
    test(`refuses ${JSON.stringify(written).slice(0, 80)}: ${code}`, () => {
      expect(() => render(written)).toThrow(failure(code, parameter));
    });
});

describe("readOutputs()", () => {
  const read = (json: unknown) => readOutputs(READERS, json);

  test("names the output with a fault", () => {
    const faulty = [{ recipe: "flip" }, { steps: [{ transform: "resize", width: 0 }] }];
    expect(() => read(faulty)).toThrow(/^Cannot read output 2: /);
    expect(() => read(faulty)).toThrow(failure("invalid_parameter", "outputs/1/steps/0/width"));
  });

  test("refuses names that are used twice, but not outputs without names", () => {
    expect(() => read([{ name: "a" }, { name: "b" }, { name: "a" }])).toThrow('two are called "a"');
    expect(read([{ recipe: "flip" }, { name: null, recipe: "flop" }]).map(({ name }) => name)).toEqual([
      null,
      null,
    ]);
  });
});

describe("readTransformRequest()", () => {
  test("reads parameters from the query, a form and JSON, and its own members beside them", () => {
    const request = readTransformRequest(
      "resize",
      writtenOf({
        query: `width=10&source=${ID}`,
        fields: [
          ["height", "20"],
          ["save", "true"],
        ],
        json: { fit: "fill", format: "png", background: null },
      }),
      READERS,
    );
    expect(request).toMatchObject({ sources: [ID], save: {}, isList: false, reuse: false });
    const [output] = request.outputs;
    expect(output).toMatchObject({ name: null, format: "png" });
    expect(output?.steps).toMatchObject([
      { transform: "resize", params: { width: 10, height: 20, fit: "fill" } },
    ]);
  });

  test.each([
    [{ query: "save&save" }, "conflicting_parameters", "save"],
    [{ query: "save", json: { save: false } }, "conflicting_parameters", "save"],
    [{ query: "x=1&x=2" }, "conflicting_parameters", "x"],
    [{ query: "x=1" }, "unknown_parameter", "x"],
    [{ json: { format: "bmp" } }, "invalid_parameter", "format"],
    [{ json: { source: 1 } }, "invalid_parameter", "source"],
    [{ json: { save: [] } }, "invalid_parameter", "save"],
  ])("refuses %j", (written, code, parameter) => {
    expect(() => flip(written)).toThrow(failure(code, parameter));
  });
});
