import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { useFontConfiguration } from "../../render/pool/font_configuration.ts";
import { decodePixels, psnr } from "../../render/pixel_reference.ts";
import { renderRecipe } from "../../render/render_recipe.ts";
import { sampleImages, samplePhoto } from "../../render/sample_images.ts";
import { exampleFile } from "./example_file.ts";
import { parseUrlRecipe } from "../recipe/parse_url_recipe.ts";
import type { Plugin } from "./plugin.ts";
import type { Variables } from "./plugin_settings.ts";
import { createRegistry } from "./registry.ts";

/** Options for {@linkcode goldenContract}. */
export interface GoldenContractOptions {
  /** The folder of the golden images, with a trailing slash, such as `new URL("golden/", import.meta.url)`. */
  readonly folder: URL;
  /** Queries to render besides the examples that transforms declare. */
  readonly examples?: readonly string[];
  /** Environment variables from which the settings of the plugin are read. @default {none} */
  readonly variables?: Variables;
}

// The first test that draws text fixes the font configuration for all of them.
useFontConfiguration();

const isUpdate = process.env["PROGIMAGE_UPDATE_GOLDEN"] === "true";

/** Width of the photo from which golden images are rendered. */
const WIDTH = 240;

/** The least likeness in decibels: other versions of codecs and the rounding of other CPUs may change results. */
const LEAST_LIKENESS = 40;

/** A busy machine needs longer than the five seconds that a test has otherwise. */
const TIMEOUT_MILLISECONDS = 60_000;

const ADVICE = "run the test with PROGIMAGE_UPDATE_GOLDEN=true, and look at the image before you commit it";

/**
 * Compares rendered examples with images that a person has approved. With `PROGIMAGE_UPDATE_GOLDEN=true` it writes the images instead: look
 * at each before you commit it.
 */
export function goldenContract(
  plugin: Plugin,
  { folder, examples = [], variables }: GoldenContractOptions,
): void {
  describe(`${plugin.name} gives what its golden images show`, () => {
    const registry = createRegistry([plugin], { variables });
    const declared = plugin.transforms.flatMap((transform) => transform.examples ?? []);
    let work: string;
    let images: Awaited<ReturnType<typeof sampleImages>>;
    beforeAll(async () => {
      work = await mkdtemp(join(tmpdir(), "progimage-golden-"));
      await Bun.write(join(work, "photo"), await samplePhoto(WIDTH));
      images = await sampleImages(work);
    });
    afterAll(async () => await rm(work, { recursive: true }));

    test.each([...new Set([...declared, ...examples])])(
      "%s",
      async (query) => {
        const { steps } = parseUrlRecipe(query, registry);
        const output = join(work, crypto.randomUUID());
        const job = {
          input: join(work, "photo"),
          inputFormat: "png",
          output,
          format: "webp",
          steps,
          images,
        } as const;
        const effort = isUpdate ? 6 : 0;
        const lossless = { quality: 100, lossless: true, effort };
        await renderRecipe({ ...job, settings: lossless }, registry, DEFAULT_LIMITS);
        const golden = new URL(`${exampleFile(query)}.webp`, folder);
        if (isUpdate) await Bun.write(golden, Bun.file(output));
        if (!(await Bun.file(golden).exists())) throw new Error(`Cannot find ${golden.pathname}: ${ADVICE}`);
        const [one, other] = await Promise.all([decodePixels(output), decodePixels(fileURLToPath(golden))]);
        expect(psnr(one, other), `${golden.pathname} looks otherwise: ${ADVICE}`).toBeGreaterThan(
          LEAST_LIKENESS,
        );
      },
      TIMEOUT_MILLISECONDS,
    );
  });
}
