import { join } from "node:path";
import { configurationPage } from "../apps/server/program/help.ts";
import { BUILT_IN } from "../apps/server/compose/plugin_modules.ts";
import { loadPlugins } from "../packages/core/transform/contract/load_plugins.ts";
import { apiDocument } from "./api_document.ts";
import { apiPage } from "./api_page.ts";
import { CLIENT_PROBLEM_CODE, clientProblemCode } from "./client_problem_code.ts";
import { clientShapes } from "./client_shapes.ts";
import { clientFiles } from "./client_transforms.ts";
import { galleryPage, transformsPage } from "./transform_pages.ts";
import { renderPictures } from "./transform_pictures.ts";

const DOCS = join(import.meta.dir, "..", "docs");
const registry = await loadPlugins(BUILT_IN);

const API = await Bun.file(join(DOCS, "api.md")).text();
const document = await apiDocument();

/** The pages that are generated from the code. Tests fail if one is stale. */
const PAGES: Readonly<Record<string, () => string>> = {
  "api.md": () => apiPage(API, document),
  "configuration.md": configurationPage,
  "transforms.md": () => transformsPage(registry),
  "gallery.html": () => galleryPage(registry),
};

for (const [name, page] of Object.entries(PAGES)) {
  await Bun.write(join(DOCS, name), page());
  console.log(`Written docs/${name}`);
}
const CLIENT = [
  ...clientShapes(),
  ...clientFiles(registry),
  [CLIENT_PROBLEM_CODE, clientProblemCode()] as const,
];
for (const [path, text] of CLIENT) {
  await Bun.write(join(import.meta.dir, "..", path), text);
  console.log(`Written ${path}`);
}
await renderPictures(registry, DOCS);
console.log("Written docs/pictures/");
