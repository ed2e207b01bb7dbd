import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { boolean, choice, color, image, number, text } from "./param.ts";
import { parseUrlRecipe } from "../recipe/parse_url_recipe.ts";
import { definePlugin } from "./plugin.ts";
import { PluginSettingsError, readPluginSettings } from "./plugin_settings.ts";
import { predictRecipe } from "../planning/predict.ts";
import { createRegistry } from "./registry.ts";
import { defineTransform, type PixelTransform } from "./transform.ts";

const SETTINGS = {
  inkColor: color({ default: "000000" }),
  factor: number({ min: 1, max: 9, default: 2 }),
  isLoud: boolean({ optional: true }),
  mode: choice(["fast", "good"], { optional: true }),
  licenceKey: text({ maxLength: 9, optional: true, secret: true }),
};

const seen: unknown[] = [];
const grow = defineTransform(
  {
    name: "grow",
    version: 3,
    summary: "Grows by what the operator says",
    params: {},
    check: (_args, { settings }) => void seen.push(settings.licenceKey),
    size: ({ width, height }, _args, { settings: { factor } }) => ({
      width: Math.round(width * factor),
      height,
    }),
    apply: (picture, _args, { settings, hasAlpha }) => {
      seen.push(settings.inkColor, hasAlpha);
      return picture;
    },
  },
  SETTINGS,
);
const plugin = definePlugin({
  name: "@acme/print",
  namespace: "print",
  settings: SETTINGS,
  transforms: [grow],
});

const PREFIX = "PROGIMAGE_PLUGIN_PRINT_";

function variables(values: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [PREFIX + name, value]));
}

describe("settings of a plugin", () => {
  test("are read from variables by the kinds of their parameters", () => {
    const given = variables({
      INK_COLOR: "teal",
      FACTOR: "3",
      IS_LOUD: "true",
      MODE: "",
      LICENCE_KEY: "abc",
    });
    expect(readPluginSettings(plugin, given)).toEqual({
      inkColor: "008080",
      factor: 3,
      isLoud: true,
      mode: undefined,
      licenceKey: "abc",
    });
    expect(readPluginSettings(plugin, {})).toMatchObject({ inkColor: "000000", factor: 2 });
  });

  test("are reported if invalid, one sentence each, without showing a secret", () => {
    const given = variables({ FACTOR: "0", MODE: "slow", LICENCE_KEY: "a secret that is too long" });
    let message = "";
    try {
      createRegistry([plugin], { variables: given });
    } catch (error) {
      expect(error).toBeInstanceOf(PluginSettingsError);
      message = (error as Error).message;
    }
    expect(message.split("\n")).toEqual([
      'Cannot use PROGIMAGE_PLUGIN_PRINT_FACTOR of plugin "@acme/print" as it must be a number from 1 to 9: it is "0"',
      'Cannot use PROGIMAGE_PLUGIN_PRINT_MODE of plugin "@acme/print" as it must be one of fast, good: it is "slow"',
      'Cannot use PROGIMAGE_PLUGIN_PRINT_LICENCE_KEY of plugin "@acme/print" as it must be a text of at most 9 characters: it is something else',
    ]);
  });

  test("are reported if required and missing", () => {
    const needy = { ...plugin, settings: { key: text({ secret: true }) } };
    expect(() => readPluginSettings(needy, {})).toThrow("Cannot use PROGIMAGE_PLUGIN_PRINT_KEY of plugin");
    expect(() => readPluginSettings(needy, {})).toThrow("it is not set");
  });

  test("are passed to check, size and apply", () => {
    seen.length = 0;
    const given = variables({ FACTOR: "4", INK_COLOR: "f00", LICENCE_KEY: "k" });
    const registry = createRegistry([plugin], { variables: given });
    const { steps } = parseUrlRecipe("print.grow", registry);
    const source = {
      format: "png",
      width: 10,
      height: 5,
      pages: 1,
      hasAlpha: false,
      orientation: 1,
    } as const;
    const recipe = { steps, format: "png" } as const;
    const { size } = predictRecipe(recipe, { ...source, colorSpace: "srgb" }, registry, DEFAULT_LIMITS);
    expect(size).toEqual({ width: 40, height: 5 });
    const { apply } = registry.get("print.grow") as PixelTransform;
    void apply(null as never, {}, { hasAlpha: true } as never);
    expect(seen).toEqual(["k", "ff0000", true]);
  });

  test("change the version of a transform, which no other variable does", () => {
    const versionWith = (values: Readonly<Record<string, string>>) =>
      createRegistry([plugin], { variables: variables(values) }).versionOf("print.grow");
    const version = versionWith({});
    expect(versionWith({ INK_COLOR: "black", UNKNOWN: "1" })).toBe(version);
    expect(versionWith({ LICENCE_KEY: "k" })).not.toBe(version);
    expect(String(versionWith({ LICENCE_KEY: "k3y-0f-us" }))).not.toContain("k3y");
    const without = createRegistry([{ ...plugin, settings: undefined, transforms: [grow] }]);
    expect(without.versionOf("print.grow")).toBe(3);
  });

  test("are reported if no plugin has them", () => {
    const given = variables({ FACTOR: "3", FAKTOR: "3" });
    const { unusedVariables } = createRegistry([plugin], { variables: given });
    expect(unusedVariables).toEqual(["PROGIMAGE_PLUGIN_PRINT_FAKTOR"]);
  });

  test.each([
    [{ settings: [1] }, 'its setting "0" must have a name'],
    [{ settings: 5 }, "its settings must be an object"],
    [{ settings: { tile: image({ optional: true }) } }, 'its setting "tile" must be of another kind'],
    [{ settings: { a: number({ optional: true, aliases: ["b"] }) } }, 'its setting "a" has no key "aliases"'],
    [
      { settings: { a: { ...color({ optional: true }), secret: true } } },
      'its setting "a" has no key "secret"',
    ],
    [
      { settings: { a: number({ default: 7, max: 1 }) } },
      'its setting "a" has a default that it would refuse',
    ],
    [{ name: "@progimage/print", namespace: undefined }, "it must have a namespace, as it has settings"],
    [
      { transforms: [{ ...grow, params: { key2: text({ optional: true, secret: true }) } }] },
      'its parameter "key2" has no key "secret"',
    ],
  ])("%j is refused", (changes, message) => {
    expect(() => createRegistry([{ ...plugin, ...changes }])).toThrow(message);
  });
});
