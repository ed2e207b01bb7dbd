import { describe, expect, test } from "bun:test";
import { number } from "./param.ts";
import { pluginFixture, registryFixture as registry } from "./plugin_fixture.ts";
import { definePlugin } from "./plugin.ts";
import { createRegistry } from "./registry.ts";
import { defineTransform, type PixelTransform } from "./transform.ts";

const GOOD: PixelTransform = {
  name: "good",
  version: 1,
  summary: "Is good",
  params: {},
  apply: (image) => image,
};

function pluginWith(changes: object) {
  return definePlugin({ name: "@acme/plugin", namespace: "acme", transforms: [{ ...GOOD, ...changes }] });
}

describe("createRegistry()", () => {
  test("finds, lists and describes", () => {
    expect(registry.get("everything").version).toBe(3);
    const names = registry.list().map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(registry.describe().find(({ name }) => name === "everything")).toEqual({
      name: "everything",
      shortNames: [],
      aliases: [],
      deprecated: null,
      plugin: "@progimage/fixture",
      version: 3,
      summary: "Has a parameter of each kind",
      shorthand: { kind: "box", width: "width", height: "height" },
      examples: [],
      isOutput: false,
      params: {
        type: "object",
        properties: {
          amount: { type: "number", minimum: 0, maximum: 1, description: "How much", default: 1 },
          width: { type: "integer", minimum: 1, maximum: 100 },
          height: { type: "integer", minimum: 1, maximum: 100 },
          invert: { type: "boolean", default: false },
          shape: { type: "string", enum: ["circle", "square"], default: "circle" },
          background: { type: "string", format: "color", default: "ffffff" },
          label: { type: "string", maxLength: 300 },
          mask: { type: "string", format: "image-reference" },
          indent: {
            anyOf: [
              { type: "number", minimum: -50, maximum: 100 },
              { type: "string", pattern: "^-?(?:1000|\\d{1,3}(?:\\.\\d{1,9})?|\\.\\d{1,9})(?:%|pct)$" },
            ],
          },
        },
        additionalProperties: false,
      },
    });
    expect(registry.describe().find(({ name }) => name === "scale")?.params).toMatchObject({
      required: ["by"],
    });
    expect(registry.describe().find(({ name }) => name === "encode")?.isOutput).toBe(true);
  });

  test("recognises plugins by their shape, so that another copy of this package may have made them", () => {
    const foreign = JSON.parse(JSON.stringify({ ...pluginWith({}), transforms: [] })) as object;
    expect(createRegistry([{ ...foreign, transforms: [{ ...GOOD }] }]).get("acme.good")).toEqual({
      ...GOOD,
      name: "acme.good",
    });
  });

  const faults: readonly (readonly [what: string, plugin: unknown, message: string])[] = [
    ["nothing", undefined, "no result of definePlugin"],
    ["a function", () => {}, "no result of definePlugin"],
    [
      "another contract",
      { ...pluginWith({}), contract: 2 },
      '"@acme/plugin" as it is written for version 2 of the contract, and server',
    ],
    [
      "an unknown key",
      { ...pluginWith({}), transform: [] },
      '"@acme/plugin" as it has no key "transform": did you mean "transforms"?',
    ],
    [
      "an unknown requirement",
      { ...pluginWith({}), requires: { node: "24" } },
      'has no key "node": known are',
    ],
    [
      "an unknown key of a transform",
      pluginWith({ scaledsize: () => {} }),
      'transform "good" is wrong: it has no key "scaledsize": did you mean "scaledSize"?',
    ],
    ["an encode that is never called", pluginWith({ encode: () => ({}) }), 'it has no key "encode"'],
    ["an apply that is never called", pluginWith({ stage: "output" }), 'it has no key "apply"'],
    [
      "an unknown key of a parameter",
      pluginWith({ params: { a: { kind: "integer", minimum: 1, default: 1 } } }),
      'its parameter "a" has no key "minimum"',
    ],
    [
      "a key of another kind of parameter",
      pluginWith({ params: { a: { kind: "color", max: 3, optional: true } } }),
      'its parameter "a" has no key "max"',
    ],
    [
      "an unknown key of a box",
      pluginWith({ shorthand: { kind: "box", width: "a", heigth: "b" } }),
      'its shorthand has no key "heigth": did you mean "height"?',
    ],
    [
      "no namespace",
      { ...pluginWith({}), namespace: undefined },
      '"@acme/plugin" as it must have a namespace for the names of its transforms, such as "print"',
    ],
    ...["Print", "a.b", "a_b", "", 5, null].map(
      (namespace) =>
        [
          `the namespace ${String(namespace)}`,
          { ...pluginWith({}), namespace },
          "its namespace must be small letters and digits",
        ] as const,
    ),
    ...["progimage", "metadata", "region", "source"].map(
      (namespace) =>
        [
          `the namespace ${namespace}`,
          { ...pluginWith({}), namespace },
          `"${namespace}" is reserved`,
        ] as const,
    ),
    ["no list", { ...pluginWith({}), transforms: {} }, "list"],
    ["a null", { ...pluginWith({}), transforms: [null] }, "object"],
    ["a bad name", pluginWith({ name: "Bad" }), '"@acme/plugin" as its transform "Bad" is wrong: its name'],
    ...["source", "kid", "once", "region", "w", "_own"].map(
      (name) => [`the name ${name}`, pluginWith({ name }), "its name"] as const,
    ),
    ["a name with a point", pluginWith({ name: "a.b" }), "its name must be letters and digits"],
    ...["if", "id", "kid", "disabled"].map(
      (name) =>
        [
          `the parameter ${name}`,
          pluginWith({ params: { [name]: number({ default: 1 }) } }),
          `parameter "${name}" has a reserved name`,
        ] as const,
    ),
    ["no version", pluginWith({ version: 0 }), "version"],
    ["no summary", pluginWith({ summary: "" }), "summary"],
    ["no params", pluginWith({ params: null }), "params"],
    [
      "a reserved parameter",
      pluginWith({ params: { key: number({ default: 1 }) } }),
      'parameter "key" has a reserved name',
    ],
    ["a bad parameter", pluginWith({ params: { a_b: number({ default: 1 }) } }), "a_b"],
    ["an unknown kind", pluginWith({ params: { a: { kind: "date" } } }), "unknown kind"],
    [
      "a default out of range",
      pluginWith({ params: { a: number({ max: 1, default: 2 }) } }),
      "default that it would refuse: 2",
    ],
    [
      "a default that is not canonical",
      pluginWith({ params: { a: { kind: "color", default: "RED" } } }),
      'must be written "ff0000"',
    ],
    ["no apply", pluginWith({ apply: undefined }), "function apply"],
    ["no encode", pluginWith({ apply: undefined, stage: "output" }), "function encode"],
    ["an unknown stage", pluginWith({ stage: ["flip", "sepia"] }), 'stage "sepia" is not known'],
    ["a size that is no function", pluginWith({ size: 5 }), "its size must be a function: it is 5"],
    ["a check that is no function", pluginWith({ check: true }), "its check must be a function: it is true"],
    ["frames that are neither", pluginWith({ frames: ["all"] }), 'its frames must be "all" or a function'],
    ...["check", "complete", "frames", "scaledSize", "size", "stage"].map(
      (part) =>
        [
          `an async ${part}`,
          pluginWith({ [part]: async () => {} }),
          `its ${part} must be a plain function`,
        ] as const,
    ),
    [
      "an async encode",
      pluginWith({ apply: undefined, stage: "output", encode: async () => {} }),
      "its encode must be a plain function",
    ],
    [
      "a min above the max",
      pluginWith({ params: { a: number({ min: 9, max: 1, optional: true }) } }),
      'parameter "a" allows no value as its min 9 is above its max 1',
    ],
    [
      "a min that is no number",
      pluginWith({ params: { a: { kind: "number", min: "1", optional: true } } }),
      "min that is no number",
    ],
    ["no values", pluginWith({ params: { a: { kind: "choice", values: [] } } }), "values to choose from"],
    [
      "a maxLength that is no number",
      pluginWith({ params: { a: { kind: "text", maxLength: "9" } } }),
      "maxLength",
    ],
    ["a shorthand without its parameter", pluginWith({ shorthand: "amount" }), "shorthand"],
  ];

  test.each(faults)("refuses %s", (_what, plugin, message) => {
    expect(() => createRegistry([plugin])).toThrow(TypeError);
    expect(() => createRegistry([plugin])).toThrow(message);
  });

  test("accepts keys that begin with x- everywhere", () => {
    const own = { "x-own": 1 };
    const params = { a: { ...number({ optional: true }), ...own } };
    expect(createRegistry([{ ...pluginWith({ params, ...own }), ...own }]).list()).toHaveLength(1);
  });

  test("rejects a name that another plugin has", () => {
    const twin = definePlugin({ name: "@progimage/twin", transforms: [{ ...GOOD, name: "turn" }] });
    expect(() => createRegistry([pluginFixture, twin])).toThrow(
      'plugin "@progimage/twin" as its transform "turn" is there already: "@progimage/fixture"',
    );
    const transform = defineTransform(GOOD);
    const transforms = [transform, transform];
    expect(() => createRegistry([definePlugin({ name: "@progimage/double", transforms })])).toThrow(
      "there already",
    );
  });

  test("puts the namespace of a plugin before its names, so that they never collide with the server's", () => {
    const all = createRegistry([pluginFixture, pluginWith({ name: "turn" })]);
    expect(all.get("turn").summary).toBe("Turns to the right");
    expect(all.get("acme.turn")).toMatchObject({ name: "acme.turn", summary: "Is good" });
    expect(all.describe()[0]).toMatchObject({ name: "acme.turn", plugin: "@acme/plugin" });
    expect(() => createRegistry([pluginWith({})]).get("good")).toThrow(
      'Cannot find transform "good": did you mean "acme.good"?',
    );
  });

  test("refuses a namespace that another plugin has", () => {
    const other = definePlugin({ name: "@other/plugin", namespace: "acme", transforms: [] });
    expect(() => createRegistry([pluginWith({}), other])).toThrow(
      'plugin "@other/plugin" as its namespace "acme" is taken already: "@acme/plugin" has it',
    );
  });
});
