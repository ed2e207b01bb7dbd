import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import {
  ATTRIBUTES_SHAPE,
  extensionOf,
  IMAGE_SHAPE,
  OUTPUT_EXTENSIONS,
  OUTPUT_FORMATS,
  SHARED_ATTRIBUTES_SHAPE,
  SOURCE_FORMATS,
} from "../packages/core/mod.ts";
import { IMAGE_WARNINGS } from "../packages/core/image/image_warning.ts";
import { PLUGIN_VARIABLES } from "../packages/core/transform/contract/plugin_settings.ts";

const ROOT = join(import.meta.dir, "..");
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "docs/api.md",
  "docs/architecture.md",
  "docs/formats.md",
  "docs/operating.md",
  "docs/plugins.md",
  "docs/scaling.md",
  "docs/security.md",
  "docs/signing.md",
  "docs/upgrading.md",
  "docs/versioning.md",
];

/** Settings of earlier versions, which docs/upgrading.md names. */
const FORMER_SETTINGS = ["PROGIMAGE_MAX_BULK_IDS", "PROGIMAGE_MAX_JOB_SOURCES"];

const read = (path: string) => Bun.file(join(ROOT, path)).text();

test("README.md shows the program of the tour as it is", async () => {
  expect(await read("README.md")).toContain(`\`\`\`ts\n${await read("examples/tour.ts")}\`\`\``);
});

for (const page of PAGES) {
  test(`${page} links to what exists`, async () => {
    const missing: string[] = [];
    for (const link of linksOf(await read(page))) if (!(await leadsAnywhere(page, link))) missing.push(link);
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
    // Plugins have their own settings.
    const isKnown = (name: string) => known.has(name) || name.startsWith(PLUGIN_VARIABLES);
    expect((text.match(/\bPROGIMAGE_[A-Z_]+\b/g) ?? []).filter((name) => !isKnown(name))).toEqual([]);
    const named = [...text.matchAll(/\b(?:npm|bun) run ([a-z:-]*[a-z])/g)].map((match) => match[1] ?? "");
    expect(
      named.filter((name) => !(name in scripts) && !/^migration:(?:sqlite|postgres)$/.test(name)),
    ).toEqual([]);
  });
}

/** Lists in pages, the words before and after each, and the names that it must have. */
const LISTS: readonly (readonly [page: string, from: string, to: string, names: readonly string[]])[] = [
  ["docs/api.md", "Its description has these", "of the description", Object.keys(IMAGE_SHAPE.properties)],
  ["docs/api.md", "| attribute ", "Requests have them", Object.keys(ATTRIBUTES_SHAPE.properties)],
  ["docs/api.md", "takes a JSON merge", "is another path", Object.keys(ATTRIBUTES_SHAPE.properties)],
  ["docs/api.md", "the bytes decide the format. The server reads", "the table of formats", SOURCE_FORMATS],
  ["docs/api.md", "`GET /images/{id}.{ext}` |", "`auto`", OUTPUT_EXTENSIONS],
  ["docs/formats.md", "`warnings` of an image", "Images that were uploaded", Object.keys(IMAGE_WARNINGS)],
  ["README.md", "by the extension:", "`auto`", OUTPUT_FORMATS.map(extensionOf)],
  [
    "packages/client/README.md",
    "Every call that stores images takes",
    "in its place.",
    Object.keys(SHARED_ATTRIBUTES_SHAPE.properties),
  ],
  ["packages/client/README.md", "`compress` sets the encoding;", "set the", OUTPUT_FORMATS],
];

for (const [page, from, to, names] of LISTS) {
  test(`${page} names all that there is between "${from}" and "${to}"`, async () => {
    const [, behind = ""] = (await read(page)).split(from);
    const [list = ""] = `${from}${behind}`.split(to);
    expect(names.filter((name) => !list.includes(`\`${name}\``))).toEqual([]);
    expect(list.length).toBeLessThan(2_000);
  });
}

test("links to pages and headings that do not exist are found", async () => {
  expect(linksOf("[a](docs/b.md#c) ![d](e.png) [f](https://g.test) [h](#i)")).toEqual([
    "docs/b.md#c",
    "e.png",
    "#i",
  ]);
  expect(anchorsOf("# The `GET /a` route, again!\n\n## Twice\n\n## Twice\n")).toEqual([
    "the-get-a-route-again",
    "twice",
    "twice-1",
  ]);
  expect(await leadsAnywhere("docs/api.md", "operating.md#backups")).toBe(true);
  expect(await leadsAnywhere("docs/api.md", "operating.md#no-such-heading")).toBe(false);
  expect(await leadsAnywhere("docs/api.md", "no_such_page.md")).toBe(false);
});

/** Returns the links of a page to other places of the repository. */
function linksOf(page: string): readonly string[] {
  return [...page.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1] ?? "");
}

/** Whether the file of a link exists, and has the heading that the link names. */
async function leadsAnywhere(page: string, link: string): Promise<boolean> {
  const [path = "", anchor] = link.split("#");
  const file = path === "" ? page : join(dirname(page), path);
  if (!(await Bun.file(join(ROOT, file)).exists())) return false;
  return anchor === undefined || !file.endsWith(".md") || anchorsOf(await read(file)).includes(anchor);
}

/** Returns the anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): readonly string[] {
  const counts = new Map<string, number>();
  const headings = page.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ +(.*)$/gm);
  return [...headings].map(([, heading = ""]) => {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    const before = counts.get(slug) ?? 0;
    counts.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}
