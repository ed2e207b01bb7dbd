import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { BUILT_IN } from "../apps/server/compose/plugin_modules.ts";
import { decodePixels, psnr } from "../packages/core/render/pixel_reference.ts";
import { testFolder } from "../packages/core/testing/testing_folder.ts";
import { loadPlugins } from "../packages/core/transform/contract/load_plugins.ts";
import { examplePictures, galleryPage, transformsPage } from "./transform_pages.ts";
import { photographer } from "./transform_pictures.ts";

const DOCS = join(import.meta.dir, "..", "docs");
const registry = await loadPlugins(BUILT_IN);
const pictures = examplePictures(registry);

/** The least likeness in decibels: another version of a codec or another CPU's rounding may change that much. */
const LEAST_LIKENESS = 34;
const TIMEOUT = 300_000;

test("docs/transforms.md and docs/gallery.html are up to date: bun run docs writes them", async () => {
  expect(await Bun.file(join(DOCS, "transforms.md")).text()).toBe(transformsPage(registry));
  expect(await Bun.file(join(DOCS, "gallery.html")).text()).toBe(galleryPage(registry));
});

test("every transform has an example", () => {
  const silent = registry.list().filter(({ examples = [] }) => examples.length === 0);
  expect(silent.map(({ name }) => name)).toEqual([]);
});

test("docs/pictures has a picture of every example and nothing else", async () => {
  const files = (await readdir(join(DOCS, "pictures"))).map((name) => `pictures/${name}`);
  expect(files.toSorted()).toEqual(pictures.map(({ file }) => file).toSorted());
});

test(
  "docs/pictures shows what the transforms do",
  async () => {
    await using folder = await testFolder();
    await using photo = await photographer(registry, { effort: 2 });
    const path = join(folder.path, "picture");
    for (const picture of pictures) {
      await photo.render(picture, path);
      const [now, kept] = await Promise.all([decodePixels(path), decodePixels(join(DOCS, picture.file))]);
      expect([picture.query, psnr(now, kept) > LEAST_LIKENESS]).toEqual([picture.query, true]);
    }
  },
  TIMEOUT,
);

test("docs/gallery.html loads nothing from elsewhere", () => {
  expect(galleryPage(registry)).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
});
