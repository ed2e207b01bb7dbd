import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { BUILT_IN } from "../apps/server/compose/plugin_modules.ts";
import { IMAGE_PARAMS } from "../packages/client/recipe/built_in_params.ts";
import { ProgImage } from "../packages/client/mod.ts";
import {
  boolean,
  box,
  color,
  image,
  integer,
  list,
  number,
  point,
  text,
} from "../packages/core/transform/contract/param.ts";
import { loadPlugins } from "../packages/core/transform/contract/load_plugins.ts";
import { definePlugin } from "../packages/core/transform/contract/plugin.ts";
import { createRegistry } from "../packages/core/transform/contract/registry.ts";
import { defineTransform, isOutputTransform } from "../packages/core/transform/contract/transform.ts";
import { clientFiles } from "./client_transforms.ts";

const ROOT = join(import.meta.dir, "..");
const registry = await loadPlugins(BUILT_IN);

test("the client's built-in transforms are up to date: bun run docs writes them", async () => {
  const files = clientFiles(registry);
  for (const [path, text] of files)
    expect([path, await Bun.file(join(ROOT, path)).text()]).toEqual([path, text]);
  const folder = "packages/client/recipe/built_in";
  const kept = (await readdir(join(ROOT, folder))).map((name) => `${folder}/${name}`);
  expect([...files.keys()].filter((path) => path.startsWith(folder + "/")).toSorted()).toEqual(
    kept.toSorted(),
  );
});

test("the client has a method for every built-in transform, and knows every image parameter", () => {
  const handle = new ProgImage({ baseUrl: "https://example.com" }).image(
    "0197f3a0-1b2c-7d3e-8f40-123456789abc",
  );
  for (const transform of registry.list()) {
    const { name, params } = transform;
    const images = Object.keys(params).filter((key) => params[key]?.kind === "image");
    expect([name, ...(IMAGE_PARAMS[name] ?? [])]).toEqual([name, ...images]);
    const method: unknown = Reflect.get(handle, name);
    if (typeof method !== "function") throw new TypeError(`Cannot find ${name} of ImageHandle`);
    const { recipe } = (method as () => typeof handle).call(handle);
    const made = isOutputTransform(transform)
      ? Object.keys(recipe)
      : recipe.steps.map((step) => step.transform);
    expect(made).toContain(name);
  }
});

test("clientFiles writes types, limits and defaults as they are declared", () => {
  const plugin = definePlugin({
    name: "@progimage/plugin-trial",
    transforms: [
      defineTransform({
        name: "trial",
        version: 1,
        summary: "Tries everything",
        params: {
          size: integer({ min: 1, max: 9, default: 3, summary: "How large" }),
          angle: number({ min: -1, words: ["auto"], summary: "Ends */ no comment." }),
          width: integer({ optional: true }),
          height: integer({ max: 5, optional: true }),
          color: color({ default: "ff0000", summary: "The ink" }),
          plain: boolean({ optional: true, deprecated: "use color" }),
          center: point({ default: { x: 0.5, y: 0.5 } }),
          stops: list(color(), { max: 4, optional: true, summary: "The colours" }),
          corners: list(point(), { min: 3, max: 9 }),
          note: text({ maxLength: 5, summary: "What to write" }),
          image: image({ optional: true, summary: "The tile" }),
        },
        shorthand: box(),
        apply: (image) => image,
      }),
    ],
  });
  const files = clientFiles(createRegistry([plugin]));
  const params = files.get("packages/client/recipe/built_in/trial.ts") ?? "";
  expect(params.slice(params.indexOf("/** Tries"))).toBe(`/** Tries everything. */
export interface TrialParams {
  /** How large. A whole number from 1 to 9. @default {3} */
  readonly size?: number;
  /** Ends *\\/ no comment. At least -1. */
  readonly angle: number | "auto";
  /** A whole number. */
  readonly width?: number;
  /** A whole number of at most 5. */
  readonly height?: number;
  /** The ink. @default {"ff0000"} */
  readonly color?: Color;
  /** @deprecated use color */
  readonly plain?: boolean;
  /** @default {{"x":0.5,"y":0.5}} */
  readonly center?: Point;
  /** The colours. At most 4. */
  readonly stops?: readonly Color[];
  /** 3 to 9. */
  readonly corners: readonly Point[];
  /** What to write. At most 5 characters. */
  readonly note: string;
  /** The tile. */
  readonly image?: ImageReference;
}
`);
  expect(files.get("packages/client/recipe/built_in_methods.ts")).toContain(
    "trial(params: With<Picture, TrialParams>): Self {",
  );
});
