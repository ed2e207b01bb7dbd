import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Spool } from "../../blob/spool.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { planDerivative } from "./plan_derivative.ts";
import { InlineRenderer } from "../../render/inline_renderer.ts";
import type { RenderJob, RenderOptions } from "../../render/renderer.ts";
import { gifFixture } from "../../render/input/gif_fixture.ts";
import { decodePixels } from "../../render/pixel_reference.ts";
import { samplePhoto } from "../../render/sample_images.ts";
import { renderOutputs } from "./render_outputs.ts";
import { spooledSource } from "../../source/source_image.ts";
import { testFolder, type TestFolder } from "../../testing/testing_folder.ts";
import { integer } from "../../transform/contract/param.ts";
import { parseUrlRecipe } from "../../transform/recipe/parse_url_recipe.ts";
import { definePlugin } from "../../transform/contract/plugin.ts";
import { createRegistry } from "../../transform/contract/registry.ts";
import { defineTransform } from "../../transform/contract/transform.ts";

/** Resizes to a given width and keeps the aspect ratio. */
const scale = defineTransform({
  name: "scale",
  version: 1,
  summary: "Scales the image",
  params: { width: integer({ min: 1, max: 1000 }) },
  shorthand: "width",
  stage: "scale",
  size: ({ width, height }, wish) => ({
    width: wish.width,
    height: Math.round((height * wish.width) / width),
  }),
  scaledSize: ({ width, height }, wish) => ({
    width: wish.width,
    height: Math.round((height * wish.width) / width),
  }),
  apply: (image, _args, { output }) => image.resize(output.width, output.height, { fit: "fill" }),
});

const transforms = createRegistry([definePlugin({ name: "@progimage/test", transforms: [scale] })]);

/** Records the jobs of its renders. */
class NotingRenderer extends InlineRenderer {
  readonly inputs = new Set<string>();
  readonly wishes: RenderOptions[] = [];

  override render(job: RenderJob, options: RenderOptions = {}) {
    this.inputs.add(job.input);
    this.wishes.push(options);
    return super.render(job);
  }
}

describe("renderOutputs()", () => {
  let folder: TestFolder;
  let photo: string;
  let scratch: Spool;
  beforeAll(async () => {
    folder = await testFolder();
    photo = join(folder.path, "photo");
    await Bun.write(photo, await samplePhoto());
    scratch = new Spool(join(folder.path, "scratch"), { capacity: 1e9 });
    await scratch.prepare();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  async function prepare(...queries: readonly string[]) {
    const renderer = new NotingRenderer(transforms, DEFAULT_LIMITS);
    const ports = { limits: DEFAULT_LIMITS, owner: "", renderer, scratch, transforms };
    const source = await spooledSource(ports, { path: photo, sha256: "a".repeat(64) });
    const plans = queries.map((query) => {
      const { steps } = parseUrlRecipe(query, transforms);
      return planDerivative(ports, source, { steps, format: "png" }, () => Promise.reject(new Error("none")));
    });
    return { ports, renderer, plans: await Promise.all(plans) };
  }

  async function collect(results: ReturnType<typeof renderOutputs>): Promise<readonly object[]> {
    const collected: object[] = [];
    for await (const result of results) {
      if (result.status === "rejected") throw result.reason;
      await using file = result.value;
      collected.push({ width: file.width, height: file.height });
    }
    return collected;
  }

  const left = () => readdir(join(folder.path, "scratch"));

  test("yields all results in order, and lets other requests go first", async () => {
    const { ports, renderer, plans } = await prepare("scale=40", "scale=300", "scale=20", "scale=480");
    const sizes = [40, 300, 20, 480].map((width) => ({ width, height: Math.round((width * 2) / 3) }));
    expect(await collect(renderOutputs(ports, plans))).toEqual(sizes);
    expect(renderer.wishes.map(({ priority }) => priority)).toEqual(sizes.map(() => "bulk"));
    expect(await left()).toEqual([]);
  });

  test("decodes once for all plans that begin with a shrink, with reuse", async () => {
    const { ports, renderer, plans } = await prepare("scale=41", "scale=200", "scale=480", "");
    const sizes = [41, 200, 480, 480].map((width) => ({ width, height: Math.round((width * 2) / 3) }));
    expect(await collect(renderOutputs(ports, plans, { reuse: true }))).toEqual(sizes);
    // The source for plans that do not shrink and for the copy itself, the copy for the rest.
    expect(renderer.inputs.size).toBe(2);
    expect(renderer.inputs).toContain(photo);
    expect(await left()).toEqual([]);
  });

  test("puts a transparent GIF on white, also if it is noted as opaque", async () => {
    const { ports } = await prepare();
    const path = join(folder.path, "gif");
    const frame = { x: 0, y: 0, width: 10, height: 60, color: [255, 0, 0] } as const;
    await Bun.write(path, gifFixture({ width: 90, height: 60 }, [frame]));
    const found = await spooledSource(ports, { path, sha256: "b".repeat(64) });
    const source = { ...found, hasAlpha: false };
    const plans = ["scale=30", "scale=20"].map((query) => {
      const wish = { steps: parseUrlRecipe(query, transforms).steps, format: "jpeg" } as const;
      return planDerivative(ports, source, wish, () => Promise.reject(new Error("none")));
    });
    for await (const result of renderOutputs(ports, await Promise.all(plans), { reuse: true })) {
      if (result.status === "rejected") throw result.reason;
      await using file = result.value;
      expect((await decodePixels(file.path)).data.at(-2)).toBeGreaterThan(250);
    }
  });

  test("predicts the cost of each result", async () => {
    const { ports, renderer, plans } = await prepare("scale=40", "scale=400");
    await collect(renderOutputs(ports, plans));
    expect(renderer.wishes.map(({ cost }) => cost)).toEqual(plans.map(({ prediction }) => prediction.cost));
  });

  test("gains nothing from a copy for a single shrink", async () => {
    const { ports, renderer, plans } = await prepare("scale=41", "");
    await collect(renderOutputs(ports, plans, { reuse: true }));
    expect([...renderer.inputs]).toEqual([photo]);
  });

  test("removes all files when its caller stops reading", async () => {
    const { ports, plans } = await prepare("scale=10", "scale=11", "scale=12", "scale=13", "scale=14");
    for await (const result of renderOutputs(ports, plans, { reuse: true })) {
      if (result.status === "fulfilled") await result.value[Symbol.asyncDispose]();
      break;
    }
    expect(await left()).toEqual([]);
  });
});
