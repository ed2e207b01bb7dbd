import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { PLUGIN_VARIABLES } from "../packages/core/transform/contract/plugin_settings.ts";

const ROOT = join(import.meta.dir, "..");
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "docs/api.md",
  "docs/architecture.md",
  "docs/operating.md",
  "docs/plugins.md",
  "docs/scaling.md",
  "docs/security.md",
  "docs/upgrading.md",
  "docs/versioning.md",
];

/** Settings of earlier versions, which the page about upgrading names. */
const FORMER_SETTINGS = ["PROGIMAGE_MAX_BULK_IDS", "PROGIMAGE_MAX_JOB_SOURCES"];

const read = (path: string) => Bun.file(join(ROOT, path)).text();

test("README.md shows the program of the tour as it is", async () => {
  expect(await read("README.md")).toContain(`\`\`\`ts\n${await read("examples/tour.ts")}\`\`\``);
});

for (const page of PAGES) {
  test(`${page} links to what exists`, async () => {
    const links = [...(await read(page)).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      (match) => match[1] ?? "",
    );
    const missing: string[] = [];
    for (const link of links) {
      if (!(await Bun.file(join(ROOT, dirname(page), link)).exists())) missing.push(link);
    }
    expect(missing).toEqual([]);
  });

  test(`${page} names only settings and scripts that exist`, async () => {
    const { SETTINGS } = await import("../apps/server/settings/config.ts");
    const { scripts } = await Bun.file(join(ROOT, "package.json")).json();
    const known = new Set(Object.values(SETTINGS).map(({ variable }) => variable));
    for (const variable of [
      "PROGIMAGE_CORPUS",
      "PROGIMAGE_LONG_TESTS",
      "PROGIMAGE_TRUST_SEED",
      "PROGIMAGE_UPDATE_GOLDEN",
    ])
      known.add(variable);
    if (page === "docs/upgrading.md") for (const variable of FORMER_SETTINGS) known.add(variable);
    const text = await read(page);
    // Those of plugins are their own.
    const isKnown = (name: string) => known.has(name) || name.startsWith(PLUGIN_VARIABLES);
    expect((text.match(/\bPROGIMAGE_[A-Z_]+\b/g) ?? []).filter((name) => !isKnown(name))).toEqual([]);
    const named = [...text.matchAll(/\b(?:npm|bun) run ([a-z:-]*[a-z])/g)].map((match) => match[1] ?? "");
    expect(
      named.filter((name) => !(name in scripts) && !/^migration:(?:sqlite|postgres)$/.test(name)),
    ).toEqual([]);
  });
}
