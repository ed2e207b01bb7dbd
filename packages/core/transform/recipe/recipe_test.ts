import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isProgImageError } from "../../error.ts";
import { newImageId } from "../../image/image_id.ts";
import { canonicalJson, formatUrlRecipe } from "./format_recipe.ts";
import { OUTPUT_FORMATS } from "../output/formats.ts";
import { parseJsonRecipe } from "./parse_json_recipe.ts";
import { parseUrlRecipe } from "./parse_url_recipe.ts";
import { registryFixture as registry } from "../contract/plugin_fixture.ts";
import type { Recipe } from "./recipe.ts";

const RUNS = { seed: 20_261_123, numRuns: 300 };
const DEFAULTS = { amount: 1, invert: false, shape: "circle", background: "ffffff" };

function everything(params: object): Recipe {
  return { steps: [{ transform: "everything", params: { ...DEFAULTS, ...params } }], format: null };
}

describe("parseUrlRecipe()", () => {
  test.each<[query: string, params: object]>([
    ["everything", {}],
    ["everything=", {}],
    ["&&everything&", {}],
    ["everything=30x20", { width: 30, height: 20 }],
    ["everything=30x", { width: 30 }],
    ["everything=x20", { height: 20 }],
    ["everything=30x20,invert", { width: 30, height: 20, invert: true }],
    ["everything=invert:true,amount:.50", { invert: true, amount: 0.5 }],
    ["everything=invert", { invert: true }],
    ["everything=invert,amount:.50", { invert: true, amount: 0.5 }],
    ["everything=amount:-0", { amount: 0 }],
    ["everything=label:a:b:c", { label: "a:b:c" }],
    ["everything=label:", { label: "" }],
    ["everything=label:a+b%2Bc%26d", { label: "a b+c&d" }],
    ["everything=label:a=b", { label: "a=b" }],
    ["every%74hing=30x20", { width: 30, height: 20 }],
    ["everything=30x20%2Cinvert", { width: 30, height: 20, invert: true }],
    ['everything={"label":"a,b","amount":0.25}', { label: "a,b", amount: 0.25 }],
    ["everything=%7B%22label%22:%22a,b%22%7D", { label: "a,b" }],
    ["everything=label:~YSwgYjogIns_fSIg8J-WvA", { label: 'a, b: "{?}" 🖼' }],
    ["everything=invert:true,label:~w6k%3D", { label: "é", invert: true }],
    ["everything=label:~", { label: "" }],
    ["everything=label:~77u_fg", { label: "\ufeff~" }],
    ["everything=label:a~b%5Cc", { label: "a~b\\c" }],
    ["everything=background:Red", { background: "ff0000" }],
    ["everything=background:0F08", { background: "00ff0088" }],
    ["everything=background:%23abc", { background: "aabbcc" }],
    ["everything=indent:-12.5", { indent: -12.5 }],
    ["everything=indent:50%25", { indent: "50pct" }],
    ["everything=indent:-.50pct", { indent: "-0.5pct" }],
    ["everything=indent:0pct", { indent: "0pct" }],
    ['everything={"indent":"50%25"}', { indent: "50pct" }],
    ["everything&v=123", {}],
    ["everything={}", {}],
  ])("reads %s", (query, params) => {
    expect(parseUrlRecipe(query, registry)).toEqual(everything(params));
  });

  test("reads a box in pixels and per cent, and one number as a square where both sides must be given", () => {
    const sidesOf = (query: string) => Object.values(parseUrlRecipe(query, registry).steps[0]?.params ?? {});
    expect(sidesOf("square=30")).toEqual([30, 30]);
    expect(sidesOf("square=50pct")).toEqual(["50pct", "50pct"]);
    expect(sidesOf("square=12.5%25x9")).toEqual(["12.5pct", 9]);
  });

  test("keeps order and repeats", () => {
    const names = parseUrlRecipe("turn&mirror&turn", registry).steps.map((step) => step.transform);
    expect(names).toEqual(["turn", "mirror", "turn"]);
  });

  test("puts output steps last", () => {
    const names = parseUrlRecipe("encode=50&turn", registry).steps.map((step) => step.transform);
    expect(names).toEqual(["turn", "encode"]);
  });

  test("reads the format, and leaves auto open", () => {
    expect(parseUrlRecipe("turn&format=jpg", registry).format).toBe("jpeg");
    expect(parseUrlRecipe("turn&format=auto", registry).format).toBeNull();
  });

  test("takes the format that is named outside it, and rejects another", () => {
    expect(parseUrlRecipe("turn", registry, { format: "webp" }).format).toBe("webp");
    expect(parseUrlRecipe("turn&format=jpeg", registry, { format: "jpeg" }).format).toBe("jpeg");
    for (const format of ["png", null] as const)
      expect(() => parseUrlRecipe("turn&format=jpg", registry, { format })).toThrow('Cannot read "format"');
  });

  test("ignores names that its caller reads", () => {
    expect(parseUrlRecipe("source=x%2Cy&turn", registry, { ignore: ["source"] }).steps).toHaveLength(1);
  });

  const refused: readonly (readonly [query: string, code: string, parameter?: string])[] = [
    ["Turn", "unknown_transform"],
    ["__proto__", "unknown_parameter", "__proto__"],
    ["constructor", "unknown_transform"],
    ["turn=everything:1", "unknown_parameter", "everything"],
    ["turn=5", "invalid_parameter"],
    ["everything=__proto__:1", "invalid_parameter"],
    ["everything=constructor:1", "unknown_parameter", "constructor"],
    ['everything={"__proto__":1}', "unknown_parameter", "__proto__"],
    ["everything={", "invalid_parameter"],
    ["everything=x", "invalid_parameter"],
    ["everything=3x4x5", "invalid_parameter"],
    ["everything=101x", "invalid_parameter", "width"],
    ["everything=width:1.5", "invalid_parameter", "width"],
    ["everything=amount:1e-3", "invalid_parameter", "amount"],
    ["everything=amount:Infinity", "invalid_parameter", "amount"],
    ["everything=amount:0x1", "invalid_parameter", "amount"],
    ["everything=invert:yes", "invalid_parameter", "invert"],
    ["everything=shape:Circle", "invalid_parameter", "shape"],
    ["everything=30x20,width:30", "conflicting_parameters", "width"],
    ["everything=label:%00", "invalid_parameter", "label"],
    ["everything=label:~AA", "invalid_parameter", "label"],
    ["everything=mask:../../etc/passwd", "invalid_parameter", "mask"],
    ["everything=indent:101", "invalid_parameter", "indent"],
    ["everything=indent:1001pct", "invalid_parameter", "indent"],
    ["everything=indent:50px", "invalid_parameter", "indent"],
    ["everything=indent:pct", "invalid_parameter", "indent"],
    ["square=0pctx1", "invalid_parameter", "width"],
    ["square=-1pctx1", "invalid_parameter"],
    ["square=9x", "invalid_parameter", "height"],
    ["square=x9", "invalid_parameter", "width"],
    ["square=width:9", "invalid_parameter", "height"],
    ["scale", "invalid_parameter", "by"],
    ["encode=50&encode=60", "conflicting_parameters", "encode"],
    ["turn&format=bmp", "invalid_parameter", "format"],
    ["turn&format=png&format=png", "conflicting_parameters", "format"],
    ["turn=%", "invalid_request"],
    ["turn=%ff", "invalid_request"],
    ["sig=abc", "unknown_parameter", "sig"],
    ["_=1", "unknown_parameter", "_"],
    ["transform=turn", "unknown_parameter", "transform"],
    ["turn&".repeat(33), "invalid_request"],
  ];

  // bun:test passes a callback as an argument that a row omits.
  test.each(refused.map(([query, code, parameter = null]) => [query, code, parameter] as const))(
    "refuses %s",
    (query, code, parameter) => {
      const details = parameter === null ? expect.anything() : expect.objectContaining({ parameter });
      expect(() => parseUrlRecipe(query, registry)).toThrow(
        expect.objectContaining({ name: "ProgImageError", code, details }),
      );
    },
  );

  test("suggests the name that was probably meant", () => {
    expect(() => parseUrlRecipe("miror", registry)).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ suggestion: "mirror", known: expect.arrayContaining(["turn"]) }),
      }),
    );
    expect(() => parseUrlRecipe("everything=widht:3", registry)).toThrow('did you mean "width"?');
  });

  test.each([
    ["w=300", "resize=300x"],
    ["width=300", "resize=300x"],
    ["h=20&w=30", "resize=30x20"],
    ["w=abc", "resize=300x200"],
    ["width=300&height=200&fit=crop", "resize=300x200,fit:cover"],
    ["turn&fit=contain", "resize=300x200,fit:contain"],
    ["quality=55", "compress=55"],
    ["q=auto", "compress=60"],
    ["auto=format", "format=auto"],
  ])("says how ?%s of other services is written here", (query, suggestion) => {
    expect(() => parseUrlRecipe(query, registry)).toThrow(
      expect.objectContaining({ code: "unknown_transform", details: { suggestion } }),
    );
  });

  test("explains how to write per cent", () => {
    expect(() => parseUrlRecipe("square=50%x50%", registry)).toThrow("per cent is written 50pct or 50%25");
    expect(() => parseUrlRecipe("note=%ff", registry)).not.toThrow("pct");
  });

  test.each(["everything=amount", "everything=30x20,amount", "encode=quality"])(
    "explains that %s lacks a value",
    (query) => {
      const name = query.split("=")[0];
      const key = query.split(/[=,]/).at(-1);
      expect(() => parseUrlRecipe(query, registry)).toThrow(
        `Cannot read "${name}" as parameter "${key}" has no value: write "${key}:" and its value`,
      );
    },
  );

  test("explains how to write a box of one side", () => {
    expect(() => parseUrlRecipe("everything=30", registry)).toThrow('did you mean "30x"?');
    expect(() => parseUrlRecipe("square=30x", registry)).toThrow(
      'height is missing: a square is written "30"',
    );
  });

  test("names parameter, range and value", () => {
    expect(() => parseUrlRecipe("everything=width:abc", registry)).toThrow(
      'Cannot read parameter "width" of "everything" as it must be an integer from 1 to 100: it is "abc"',
    );
  });

  test("reserves ~ and backslash at the beginning of a value, and explains how to write them", () => {
    for (const value of ["~hello!", "~_w", "%5Cn", "%5C"]) {
      for (const query of [`everything=label:${value}`, `note=${value}`, `note=text:${value}`])
        expect(() => parseUrlRecipe(query, registry)).toThrow("base64url of a text in UTF-8");
    }
    expect(() => parseUrlRecipe("note=~!", registry)).toThrow('so "~!" is ~fiE');
    expect(parseUrlRecipe("note=~fiE", registry).steps[0]?.params).toEqual({ text: "~!" });
  });

  test("explains how to write a text whose commas were read as parameters", () => {
    const hint = 'a text with commas or colons is written as "~" and its base64url';
    for (const query of ["note=Hello, world", "note=sale: 50", "note=Hello,text2:5"])
      expect(() => parseUrlRecipe(query, registry)).toThrow(hint);
    expect(() => parseUrlRecipe("turn=everything:1", registry)).not.toThrow(hint);
  });

  test("takes time in proportion to the length", () => {
    const nasty = [
      "a=".repeat(8000),
      "&".repeat(16_000),
      "everything=" + ",".repeat(16_000),
      "%2C".repeat(5000),
      "everything=amount:" + "0".repeat(16_000),
      "everything=" + "9".repeat(16_000) + "x",
      "everything={" + "[".repeat(16_000),
      "note=~" + "A".repeat(16_000),
      "note=~" + "!".repeat(16_000),
      "x".repeat(16_000),
    ];
    const begin = performance.now();
    for (const query of nasty)
      expect(() => parseUrlRecipe(query, registry, { maxSteps: 0 })).not.toThrow(RangeError);
    expect(performance.now() - begin).toBeLessThan(1000);
  });

  test("throws only ProgImageError for any input", () => {
    const words = fc.constantFrom(
      "everything",
      "scale",
      "turn",
      "=",
      ":",
      ",",
      "&",
      "{",
      "}",
      '"',
      "%",
      "%2",
      "+",
      "x",
      "1",
      "-",
      ".",
      "label",
      "__proto__",
    );
    const query = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words, { maxLength: 30 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(query, (text) => survives(() => parseUrlRecipe(text, registry))),
      RUNS,
    );
  });
});

describe("parseJsonRecipe()", () => {
  test("reads steps and format", () => {
    const json = {
      steps: [
        { transform: "encode", quality: 5 },
        { transform: "everything", width: 3, label: null },
      ],
      format: "webp",
    };
    expect(parseJsonRecipe(json, registry)).toEqual({
      steps: [...everything({ width: 3 }).steps, { transform: "encode", params: { quality: 5 } }],
      format: "webp",
    });
    expect(parseJsonRecipe({}, registry)).toEqual({ steps: [], format: null });
    const recipe = "everything=3x,label:~LA&encode=5";
    expect(parseJsonRecipe({ recipe, format: "webp" }, registry)).toEqual(
      parseUrlRecipe(`${recipe}&format=webp`, registry),
    );
  });

  test.each<[json: unknown, code: string]>([
    [null, "invalid_parameter"],
    [[], "invalid_parameter"],
    ["turn", "invalid_parameter"],
    [{ steps: {} }, "invalid_parameter"],
    [{ steps: ["turn"] }, "invalid_parameter"],
    [{ steps: [{}] }, "invalid_parameter"],
    [{ step: [] }, "unknown_parameter"],
    [{ steps: [{ transform: "turns" }] }, "unknown_transform"],
    [{ steps: [{ transform: "everything", width: "3" }] }, "invalid_parameter"],
    [{ steps: [{ transform: "everything", label: "\ud800" }] }, "invalid_parameter"],
    [{ format: "svg" }, "invalid_parameter"],
    [{ recipe: ["turn"] }, "invalid_parameter"],
    [{ recipe: "turn", steps: [] }, "conflicting_parameters"],
    [{ recipe: "turn", preset: "hero" }, "conflicting_parameters"],
    [{ recipe: "turn&format=png", format: "webp" }, "conflicting_parameters"],
    [{ recipe: "turn&format=png", format: "auto" }, "conflicting_parameters"],
  ])("refuses %j", (json, code) => {
    expect(() => parseJsonRecipe(json, registry)).toThrow(
      expect.objectContaining({ name: "ProgImageError", code }),
    );
  });

  test("throws only ProgImageError for any input", () => {
    const step = fc.record({
      transform: fc.oneof(fc.constant("everything"), fc.string()),
      width: fc.jsonValue(),
      label: fc.jsonValue(),
    });
    const json = fc.oneof(
      fc.jsonValue(),
      fc.record({ steps: fc.array(fc.oneof(step, fc.jsonValue())), format: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(json, (value) => survives(() => parseJsonRecipe(value, registry))),
      RUNS,
    );
  });
});

describe("formatUrlRecipe() and canonicalJson()", () => {
  const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
  const free = fc.string({ unit: "grapheme", maxLength: 30 });
  const special = fc.string({ unit: fc.constantFrom(...'~\\,:{}"aé'), maxLength: 8 });
  const labels = fc.oneof(free, special).filter((text) => !text.includes("\0"));
  const params = fc.record({
    amount: fc.double({ min: 0, max: 1, noNaN: true }),
    width: optional(fc.integer({ min: 1, max: 100 })),
    height: optional(fc.integer({ min: 1, max: 100 })),
    invert: fc.boolean(),
    shape: fc.constantFrom("circle", "square"),
    background: fc.constantFrom("ffffff", "00ff0080"),
    label: optional(labels),
    mask: optional(fc.constant(newImageId(0))),
    indent: optional(fc.oneof(fc.integer({ min: -50, max: 100 }), fc.constantFrom("12.5%", "-3pct"))),
  });
  const step = fc.oneof(
    params.map((given) => ({ transform: "everything", ...given })),
    fc.constant({ transform: "turn" }),
  );
  const written = fc.record({
    steps: fc.array(step, { maxLength: 5 }),
    format: fc.constantFrom(null, ...OUTPUT_FORMATS),
  });

  test("a recipe survives a round trip through a URL, and through JSON", () => {
    fc.assert(
      fc.property(written, (json) => {
        const recipe = parseJsonRecipe(json, registry);
        expect(parseUrlRecipe(formatUrlRecipe(recipe, registry), registry)).toEqual(recipe);
        expect(canonicalJson(parseJsonRecipe(JSON.parse(canonicalJson(recipe)), registry))).toBe(
          canonicalJson(recipe),
        );
      }),
      RUNS,
    );
  });

  test.each([
    "everything=x4,amount:0.0000005,invert,label:a:b",
    "everything=invert:true,shape:square,background:00ff0080",
    "everything=label:~LA",
    "square=50pctx7.5",
    "everything=indent:50pct",
    "note=Hello%20there/@x;y",
    "note=text:size:20",
    "note=text:%7Ba%7D",
    "note=~fg",
    "note=~",
    "note=it%27s",
    "encode=5&format=jpg",
  ])("%s is canonical", (query) => {
    expect(formatUrlRecipe(parseUrlRecipe(query, registry), registry)).toBe(query);
  });

  test("steps of a transform that no longer exists name all parameters", () => {
    const { steps } = parseUrlRecipe("everything=3x", registry);
    expect(formatUrlRecipe({ steps, format: null }, { find: () => undefined })).toBe(
      "everything=amount:1,width:3,invert:false,shape:circle,background:ffffff",
    );
  });

  test("equivalent spellings have one canonical form", () => {
    const spellings = [
      "everything=3x4",
      "everything=height:4,width:3",
      'everything={"width":3,"height":4.0}',
      "everything=3x4,amount:1.0,background:FFF",
    ];
    const forms = spellings.map((query) => parseUrlRecipe(query, registry));
    expect(new Set(forms.map(canonicalJson)).size).toBe(1);
    expect(new Set(forms.map((form) => formatUrlRecipe(form, registry)))).toEqual(
      new Set(["everything=3x4"]),
    );
  });
});

function survives(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!isProgImageError(error)) throw error;
  }
}
