import { describe, expect, test } from "bun:test";
import { parseUrlRecipe } from "./parse_url_recipe.ts";
import { definePlugin } from "../contract/plugin.ts";
import { pluginFixture } from "../contract/plugin_fixture.ts";
import { createRegistry } from "../contract/registry.ts";
import { withShortNames } from "./short_names.ts";

const turn = pluginFixture.transforms.find(({ name }) => name === "turn");
const acme = definePlugin({ name: "@acme/plugin", namespace: "acme", transforms: turn ? [turn] : [] });
const registry = createRegistry([pluginFixture, acme]);

const shortened = (...pairs: readonly [string, string][]) => withShortNames(registry, new Map(pairs));

describe("withShortNames()", () => {
  test("finds a transform by its short and its whole name, and recipes contain the whole one", () => {
    const { get, describe: list } = shortened(["spin", "acme.turn"]);
    expect(get("spin")).toBe(registry.get("acme.turn"));
    expect(get("acme.turn")).toBe(get("spin"));
    const recipe = parseUrlRecipe("spin&turn", shortened(["spin", "acme.turn"]));
    expect(recipe.steps.map(({ transform }) => transform)).toEqual(["acme.turn", "turn"]);
    expect(list().find(({ name }) => name === "acme.turn")?.shortNames).toEqual(["spin"]);
  });

  test.each([
    ["source", "acme.turn", '"source" is a reserved name'],
    ["region", "acme.turn", '"region" is a reserved name'],
    ["Spin", "acme.turn", '"Spin" must be letters and digits'],
    ["a.b", "acme.turn", '"a.b" must be letters and digits'],
    ["turn", "acme.turn", '"turn" is a transform of the server already: @progimage/fixture has it'],
    ["spin", "acme.spin", 'there is no transform "acme.spin": known are acme.turn'],
  ])("refuses %s for %s", (short, name, message) => {
    expect(() => shortened([short, name])).toThrow(message);
  });
});
