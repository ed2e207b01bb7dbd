import { describe, expect, test } from "bun:test";
import { parseJsonRecipe } from "./parse_json_recipe.ts";
import { parseUrlRecipe } from "./parse_url_recipe.ts";
import { registryFixture as registry } from "../contract/plugin_fixture.ts";
import { createPresets } from "./create_presets.ts";

const presets = createPresets(
  {
    hero: { summary: "Top of a page", recipe: "everything=30x20&everything=amount:0.5", format: "webp" },
    "hero@10": { steps: [{ transform: "everything", width: 10 }] },
    "hero@9": { recipe: "everything=9x&format=png" },
  },
  registry,
);
const steps = (query: string) => parseUrlRecipe(query, registry).steps;

describe("createPresets()", () => {
  test("finds the latest version by the name, and each version by its number", () => {
    expect(presets.get("hero")).toEqual({ steps: steps("everything=10x"), format: null });
    expect(presets.get("hero@9")).toEqual({ steps: steps("everything=9x"), format: "png" });
    expect(presets.get("hero@1").format).toBe("webp");
  });

  test("describes all of them, in order", () => {
    const described = presets.describe();
    expect(described.map(({ name, version }) => `${name}@${version}`)).toEqual([
      "hero@1",
      "hero@9",
      "hero@10",
    ]);
    expect(described[0]).toMatchObject({ summary: "Top of a page" });
    expect(steps(described[0]?.recipe.replace("&format=webp", "") ?? "")).toHaveLength(2);
  });

  test("makes public the versions that say so", () => {
    const made = createPresets(
      {
        hero: { recipe: "", public: true },
        "hero@2": { recipe: "" },
        open: { recipe: "", public: true },
        shut: { recipe: "", public: false },
      },
      registry,
    );
    const names = ["hero", "hero@1", "hero@2", "hero@3", "open", "open@1", "shut", "none"];
    expect(names.filter((name) => made.isPublic(name))).toEqual(["hero@1", "open", "open@1"]);
  });

  const wrong: readonly (readonly [reason: string, json: unknown, message: RegExp])[] = [
    ["what is no object", [], /JSON object/],
    ["a name with capitals", { Hero: { recipe: "" } }, /preset "Hero".*lower-case/],
    ["version 0", { "hero@0": { recipe: "" } }, /preset "hero@0"/],
    ["a version twice", { hero: { recipe: "" }, "hero@1": { recipe: "" } }, /"hero@1".*twice/],
    [
      "an unknown transform",
      { hero: { recipe: "everythin=1x" } },
      /preset "hero".*did you mean "everything"/,
    ],
    ["steps as a text", { hero: { steps: "everything=1x" } }, /preset "hero".*steps as it must be a list/],
    ["a text for public", { hero: { recipe: "", public: "yes" } }, /preset "hero".*"public" must be true/],
    ["an unknown member", { hero: { stepz: "" } }, /preset "hero".*stepz/],
    ["a preset of presets", { a: { recipe: "preset=b" }, b: { recipe: "" } }, /preset "a".*none here/],
    [
      "parameters",
      { hero: { recipe: "", params: {} } },
      /preset "hero".*"params" is reserved.*no parameters/,
    ],
    ["what is no preset", { hero: "resize" }, /preset "hero".*JSON object/],
  ];
  test.each(wrong)("refuses %s, and names it", (_reason, json, message) => {
    expect(() => createPresets(json, registry)).toThrow(message);
  });
});

describe("a preset in a recipe", () => {
  test("is replaced by its steps: in place in a URL, first in JSON", () => {
    const query = "everything=5x&preset=hero@9&everything=6x";
    expect(parseUrlRecipe(query, registry, { presets })).toEqual({
      steps: steps("everything=5x&everything=9x&everything=6x"),
      format: "png",
    });
    const json = { preset: "hero@9", steps: [{ transform: "everything", width: 6 }] };
    expect(parseJsonRecipe(json, registry, { presets })).toEqual({
      steps: steps("everything=9x&everything=6x"),
      format: "png",
    });
  });

  test("can be any step in JSON", () => {
    const preset = { transform: "preset", name: "hero@9" };
    const json = { steps: [{ transform: "everything", width: 5 }, preset, preset] };
    expect(parseJsonRecipe(json, registry, { presets })).toEqual(
      parseUrlRecipe("everything=5x&preset=hero@9&preset=hero@9", registry, { presets }),
    );
    for (const wrong of [{ transform: "preset" }, { ...preset, width: 3 }])
      expect(() => parseJsonRecipe({ steps: [wrong] }, registry, { presets })).toThrow(/name/);
  });

  test("yields to a named format", () => {
    expect(parseUrlRecipe("preset=hero@9&format=gif", registry, { presets }).format).toBe("gif");
    expect(parseUrlRecipe("format=auto&preset=hero@9", registry, { presets }).format).toBeNull();
    expect(parseJsonRecipe({ preset: "hero@9", format: "gif" }, registry, { presets }).format).toBe("gif");
  });

  test("counts as its steps", () => {
    const options = { presets, maxSteps: 3 };
    expect(() => parseUrlRecipe("preset=hero@1&preset=hero@1", registry, options)).toThrow("at most 3 steps");
  });

  test("has no parameters", () => {
    for (const name of ["hero,width:50", "hero:50"])
      expect(() => parseUrlRecipe(`preset=${name}`, registry, { presets })).toThrow(
        expect.objectContaining({
          code: "invalid_parameter",
          message: `Cannot read "preset" as presets have no parameters: it is "${name}"`,
          details: { parameter: "preset" },
        }),
      );
  });

  test("is rejected with a suggestion if it is unknown", () => {
    expect(() => parseUrlRecipe("preset=hera", registry, { presets })).toThrow('did you mean "hero"');
    expect(() => parseJsonRecipe({ preset: 5 }, registry, { presets })).toThrow("must be a name");
    expect(() => parseUrlRecipe("preset=hero", registry)).toThrow("none here");
  });
});
