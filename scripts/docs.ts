import { join } from "node:path";
import { configurationPage } from "../apps/server/help.ts";

/** Writes the pages that are generated from the code. Tests fail when one is stale. */
const PAGES: Readonly<Record<string, () => string>> = {
  "docs/configuration.md": configurationPage,
};

for (const [path, page] of Object.entries(PAGES)) {
  await Bun.write(join(import.meta.dir, "..", path), page());
  console.log(`Written ${path}`);
}
