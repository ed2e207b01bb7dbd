import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../packages/core/limits.ts";
import { useFontConfiguration } from "../packages/core/render/pool/font_configuration.ts";
import { renderRecipe } from "../packages/core/render/render_recipe.ts";
import { sampleImages, samplePhoto } from "../packages/core/render/sample_images.ts";
import { parseUrlRecipe } from "../packages/core/transform/recipe/parse_url_recipe.ts";
import type { TransformRegistry } from "../packages/core/transform/contract/registry.ts";
import { type ExamplePicture, examplePictures } from "./transform_pages.ts";

/** Width of the pictures in the documentation, in pixels. */
const WIDTH = 300;
const QUALITY = 86;

/** Renders all pictures of the documentation into a folder, replaces existing ones and removes all others. */
export async function renderPictures(registry: TransformRegistry, folder: string): Promise<void> {
  const pictures = examplePictures(registry);
  await using photo = await photographer(registry, { effort: 6 });
  for (const picture of pictures) await photo.render(picture, join(folder, picture.file));
  const known = new Set(pictures.map(({ file }) => file));
  for (const name of await readdir(join(folder, "pictures"))) {
    if (!known.has(`pictures/${name}`)) await rm(join(folder, "pictures", name));
  }
}

/** Returns a renderer of examples, which uses the sample images. More effort makes smaller files. */
export async function photographer(registry: TransformRegistry, { effort }: { readonly effort: number }) {
  useFontConfiguration();
  const work = await mkdtemp(join(tmpdir(), "progimage-docs-"));
  const input = join(work, "photo");
  await Bun.write(input, await samplePhoto(WIDTH));
  const images = await sampleImages(work);
  return {
    async render({ query }: ExamplePicture, path: string): Promise<void> {
      const { steps } = parseUrlRecipe(query, registry);
      const output = join(work, crypto.randomUUID());
      const job = { input, inputFormat: "png", output, format: "webp", steps, images } as const;
      await renderRecipe({ ...job, settings: { quality: QUALITY, effort } }, registry, DEFAULT_LIMITS);
      await Bun.write(path, Bun.file(output));
    },
    [Symbol.asyncDispose]: () => rm(work, { recursive: true, force: true }),
  };
}
