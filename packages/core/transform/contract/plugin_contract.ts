import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isProgImageError } from "../../error.ts";
import type { Probe } from "../../image/probe.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { probeImage } from "../../render/probe_image.ts";
import { renderRecipe } from "../../render/render_recipe.ts";
import { sampleImages } from "../../render/sample_images.ts";
import { animationFixture, type SourceFixture, stillFixtures } from "../../render/source_fixtures.ts";
import { completeSteps } from "../planning/complete_steps.ts";
import { OUTPUT_FORMATS } from "../output/formats.ts";
import { formatUrlRecipe } from "../recipe/format_recipe.ts";
import { parseJsonRecipe } from "../recipe/parse_json_recipe.ts";
import { parseUrlRecipe } from "../recipe/parse_url_recipe.ts";
import type { Plugin } from "./plugin.ts";
import type { Variables } from "./plugin_settings.ts";
import { type Prediction, predictRecipe } from "../planning/predict.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { createRegistry, type TransformRegistry } from "./registry.ts";
import { pixelSteps } from "../planning/resolve_steps.ts";
import { isOutputTransform } from "./transform.ts";

/** Options for {@linkcode pluginContract}. */
export interface PluginContractOptions {
  /**
   * Queries to try besides the examples that transforms declare, such as `sepia=0.5`. Each transform without a required parameter is always
   * tried with its defaults. Images are named `@photo`, `@logo` and `@mask`.
   */
  readonly examples?: readonly string[];
  /** Environment variables from which the settings of the plugin are read. @default {none} */
  readonly variables?: Variables;
}

/** Tests the behaviour that every plugin must have. Call it at the top of a test file. */
export function pluginContract(
  plugin: Plugin,
  { examples = [], variables }: PluginContractOptions = {},
): void {
  describe(`${plugin.name} as a plugin`, () => {
    const load = () => createRegistry([plugin], { variables });
    test("can be loaded by a server", () => void load());
    const loaded = orNull(load);
    // The other tests need a loaded plugin.
    if (loaded === null) return;
    const registry: TransformRegistry = loaded;
    const names = registry.list().map(({ name }) => name);
    const queries = [
      ...new Set([
        ...names.filter(readsBare),
        ...plugin.transforms.flatMap((transform) => transform.examples ?? []),
        ...examples,
      ]),
    ];

    function readsBare(name: string): boolean {
      try {
        return parseUrlRecipe(name, registry).steps.length === 1;
      } catch {
        return false;
      }
    }

    test("every transform is tried", () => {
      const tried = queries.flatMap((query) =>
        parseUrlRecipe(query, registry).steps.map((step) => step.transform),
      );
      expect(new Set(tried)).toEqual(new Set(names));
    });

    test("declarations are plain data", () => {
      const declared = [...plugin.transforms.map(({ params }) => params), plugin.settings ?? {}];
      for (const params of declared) expect(JSON.parse(JSON.stringify(params))).toEqual(params);
    });

    test("earlier names are read as the current ones", () => {
      for (const { name, aliases = [] } of registry.list().filter((each) => readsBare(each.name)))
        for (const alias of aliases)
          expect(parseUrlRecipe(alias, registry)).toEqual(parseUrlRecipe(name, registry));
    });

    test("describe() is plain JSON", () => {
      const described = registry.describe();
      expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    });

    test.each(queries)("%s reads the same from URL and JSON, again and again", (query) => {
      const recipe = parseUrlRecipe(query, registry);
      const steps = recipe.steps.map(({ transform, params }) => ({ transform, ...params }));
      expect(parseJsonRecipe(JSON.parse(JSON.stringify({ steps })), registry)).toEqual(recipe);
      expect(parseUrlRecipe(formatUrlRecipe(recipe, registry), registry)).toEqual(recipe);
    });

    test.each(queries)("%s says at once what it needs of a source", (query) => {
      const { steps } = parseUrlRecipe(query, registry);
      for (const focalPoint of [null, { x: 0.25, y: 0.75 }]) {
        const completed = completeSteps(steps, { focalPoint }, registry);
        for (const { transform, args } of pixelSteps(completed, registry))
          transform.scaledSize?.({ width: 4000, height: 3000 }, args);
      }
    });

    test.each(queries)("%s does its work on every kind of image, and predicts the size", async (query) => {
      const recipe = parseUrlRecipe(query, registry);
      for (const source of await sources()) await expectRender(source, recipe);
    });

    let folder: string;
    let images: Awaited<ReturnType<typeof sampleImages>>;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "progimage-plugin-"));
      images = await sampleImages(folder);
    });
    afterAll(async () => await rm(folder, { recursive: true }));

    async function expectRender(source: SourceFixture, { steps }: Recipe): Promise<void> {
      const input = join(folder, source.name.replaceAll(" ", "-"));
      await Bun.write(input, source.bytes);
      const probe = await probeImage(input, DEFAULT_LIMITS);
      const isEncoding = steps.some((step) => isOutputTransform(registry.get(step.transform)));
      for (const format of isEncoding ? OUTPUT_FORMATS : (["png", "webp"] as const)) {
        const output = join(folder, crypto.randomUUID());
        const predicted = predictUnlessRefused({ steps, format }, probe, registry);
        if (predicted === null) continue;
        const rendered = await renderRecipe(
          { input, inputFormat: probe.format, output, format, steps, images },
          registry,
          DEFAULT_LIMITS,
        );
        const { width, height, pages, bytes } = rendered;
        expect(pages).toBe(predicted.pages);
        expect(await probeImage(output, DEFAULT_LIMITS)).toMatchObject({ format, width, height, pages });
        expect(Bun.file(output).size).toBe(bytes);
        if (predicted.size !== "unknown") expect({ width, height }).toEqual(predicted.size);
      }
    }
  });
}

function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** Returns `null` if the format does not support the recipe. */
function predictUnlessRefused(
  recipe: Parameters<typeof predictRecipe>[0],
  probe: Probe,
  registry: TransformRegistry,
): Prediction | null {
  try {
    return predictRecipe(recipe, probe, registry, DEFAULT_LIMITS);
  } catch (error) {
    if (isProgImageError(error) && error.code === "invalid_parameter") return null;
    throw error;
  }
}

/** Returns a still of three channels, one of four, and an animation. */
async function sources(): Promise<readonly SourceFixture[]> {
  const stills = await stillFixtures();
  return [...stills.filter(({ name }) => name === "rgb" || name === "rgba"), await animationFixture("webp")];
}
