import { describe, expect, test } from "bun:test";
import { ConfigError } from "../settings/config.ts";
import { loadTransforms } from "./load_transforms.ts";
import { BUILT_IN } from "./plugin_modules.ts";

const log = { warn: () => {} };
const renderer = { whenStarted: async () => {} };

function load(shortNames: Readonly<Record<string, string>>) {
  const config = { plugins: [], pluginVariables: {}, shortNames: new Map(Object.entries(shortNames)) };
  return loadTransforms(config, { plugins: BUILT_IN, renderer, log });
}

describe("loadTransforms()", () => {
  test("gives transforms short names of the operator's", async () => {
    expect((await load({ bw: "grayscale" })).get("bw").name).toBe("grayscale");
  });

  test.each([
    [{ blur: "sepia" }, '"blur" is a transform of the server already: @progimage/plugin-filters has it'],
    [{ preset: "sepia" }, '"preset" is a reserved name'],
    [{ dots: "print.halftone" }, 'there is no transform "print.halftone": known are animate, blur'],
  ])("refuses the short names %j as a setting to be mended", async (shortNames, reason) => {
    const refusal = await load(shortNames).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect((refusal as Error).message).toStartWith(`Cannot use PROGIMAGE_SHORT_NAMES as ${reason}`);
  });
});
