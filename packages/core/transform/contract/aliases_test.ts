import { describe, expect, test } from "bun:test";
import { boolean, number } from "./param.ts";
import { parseJsonRecipe } from "../recipe/parse_json_recipe.ts";
import { parseUrlRecipe } from "../recipe/parse_url_recipe.ts";
import { definePlugin } from "./plugin.ts";
import { createRegistry } from "./registry.ts";
import { defineTransform } from "./transform.ts";

const dots = defineTransform({
  name: "halftone",
  aliases: ["dots", "raster"],
  version: 1,
  summary: "Prints dots",
  params: {
    pitch: number({ min: 1, max: 9, default: 3, aliases: ["distance"] }),
    invert: boolean({ default: false, deprecated: "swap the colours" }),
  },
  shorthand: "pitch",
  apply: (image) => image,
});
const old = defineTransform({ ...dots, name: "old", aliases: undefined, deprecated: "use print.halftone" });
const plugin = definePlugin({ name: "@acme/print", namespace: "print", transforms: [dots, old] });
const registry = createRegistry([plugin]);

/** Reads a step from a URL and from JSON, and counts the deprecated words that each read reports. */
function read(query: string, json: Readonly<Record<string, unknown>>) {
  let deprecated = 0;
  const onDeprecated = () => deprecated++;
  const fromUrl = parseUrlRecipe(query, registry, { onDeprecated });
  const fromJson = parseJsonRecipe({ steps: [json] }, registry, { onDeprecated });
  expect(fromJson).toEqual(fromUrl);
  return { steps: fromUrl.steps, deprecated };
}

describe("earlier names", () => {
  const present = { transform: "print.halftone", params: { pitch: 5, invert: false } };

  test.each([
    ["print.halftone=5", { transform: "print.halftone", pitch: 5 }, 0],
    ["print.dots=5", { transform: "print.dots", pitch: 5 }, 2],
    ["print.raster=pitch:5", { transform: "print.raster", pitch: 5 }, 2],
    ["print.halftone=distance:5", { transform: "print.halftone", distance: 5 }, 2],
    ["print.halftone=5,invert:false", { transform: "print.halftone", pitch: 5, invert: false }, 2],
  ] as const)("%s gives the step of the current ones", (query, json, deprecated) => {
    expect(read(query, json)).toEqual({ steps: [present], deprecated });
  });

  test("a deprecated transform is reported as well", () => {
    expect(read("print.old=5", { transform: "print.old", pitch: 5 }).deprecated).toBe(2);
  });

  test("a parameter with both of its names counts as given twice", () => {
    for (const query of ["print.halftone=5,distance:4", "print.halftone=distance:4,pitch:4"])
      expect(() => parseUrlRecipe(query, registry)).toThrow(
        'Cannot read "print.halftone" as parameter "pitch" is given twice: "distance" is its earlier name',
      );
  });

  test("the catalogue lists them, and the replacements", () => {
    const [halftone, deprecated] = registry.describe();
    expect(halftone).toMatchObject({ aliases: ["print.dots", "print.raster"], deprecated: null });
    expect(deprecated).toMatchObject({ aliases: [], deprecated: "use print.halftone" });
    expect(halftone?.params["properties"]).toMatchObject({
      pitch: { "x-aliases": ["distance"] },
      invert: { deprecated: true, description: "Deprecated: swap the colours" },
    });
  });

  test.each([
    [{ aliases: "dots" }, "it has aliases that must be a list of names"],
    [{ aliases: ["a.b"] }, 'it has an alias that is no name, or reserved: "a.b"'],
    [{ aliases: ["region"] }, 'it has an alias that is no name, or reserved: "region"'],
    [{ aliases: ["old"] }, 'its transform "print.old" is there already'],
    [{ deprecated: true }, 'it has a "deprecated" that must say what to use instead: it is true'],
    [
      { params: { a: number({ default: 1, aliases: ["b"] }), b: number({ default: 1 }) }, shorthand: "a" },
      'its parameters have the name "b" twice',
    ],
    [
      { params: { pitch: number({ default: 1, aliases: ["id"] }) } },
      'its parameter "pitch" has an alias that is no name, or reserved: "id"',
    ],
  ])("%j is refused", (changes, message) => {
    const transforms = [{ ...dots, ...changes } as typeof dots, old];
    expect(() => createRegistry([{ ...plugin, transforms }])).toThrow(message);
  });
});
