import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "@progimage/core";
import {
  createRegistry,
  decodePixels,
  gradient,
  parseUrlRecipe,
  renderRecipe,
} from "@progimage/core/testing";
import sharp from "sharp";
import plugin from "./mod.ts";

const registry = createRegistry([plugin]);
const SIZE = { width: 90, height: 70 };
const REGION = { left: 30, top: 20, right: 60, bottom: 50 };

describe("filters of a region", () => {
  let folder: string;
  let before: Buffer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-region-"));
    before = gradient(SIZE.width, SIZE.height, 4);
    await sharp(before, { raw: { ...SIZE, channels: 4 } })
      .png()
      .toFile(join(folder, "picture"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function render(query: string): Promise<Buffer> {
    const output = join(folder, crypto.randomUUID());
    const { steps } = parseUrlRecipe(query, registry);
    const job = { input: join(folder, "picture"), inputFormat: "png", output, format: "png", steps } as const;
    await renderRecipe(job, registry, DEFAULT_LIMITS);
    return (await decodePixels(output)).data;
  }

  /** Returns the largest difference of two pictures inside and outside the region. */
  function differences(one: Buffer, other: Buffer): { readonly inside: number; readonly outside: number } {
    const most = { inside: 0, outside: 0 };
    for (const [index, value] of one.entries()) {
      const [x, y] = [Math.floor(index / 4) % SIZE.width, Math.floor(index / 4 / SIZE.width)];
      const isInside = x >= REGION.left && x < REGION.right && y >= REGION.top && y < REGION.bottom;
      const side = isInside ? "inside" : "outside";
      most[side] = Math.max(most[side], Math.abs(value - (other[index] ?? 0)));
    }
    return most;
  }

  test("blur changes the region as a blur of the whole image does, and no other pixel", async () => {
    const whole = await render("blur=4");
    const part = await render("blur=4,x:30,y:20,width:30,height:30");
    expect(differences(part, before).outside).toBe(0);
    expect(differences(part, whole).inside).toBeLessThanOrEqual(1);
    expect(differences(part, before).inside).toBeGreaterThan(10);
  });

  test("blur of a region that is the whole image equals a blur without a region", async () => {
    expect(Buffer.compare(await render("blur=4,width:100pct,height:500"), await render("blur=4"))).toBe(0);
  });

  test("blur refuses a region outside the image", async () => {
    await expect(render("blur=4,x:90")).rejects.toMatchObject({
      code: "invalid_parameter",
      details: { parameter: "x" },
    });
  });

  test("gradient grows along its line, from one corner to the opposite one", async () => {
    const after = await render("gradient=ffffff,angle:135");
    const changed = (x: number, y: number) => {
      const at = (y * SIZE.width + x) * 4;
      return ((after[at] ?? 0) - (before[at] ?? 0)) / (255 - (before[at] ?? 0));
    };
    const line = [0, 0.25, 0.5, 0.75, 1].map((share) =>
      changed(Math.round(share * (SIZE.width - 1)), Math.round(share * (SIZE.height - 1))),
    );
    for (const [index, share] of [0, 0.25, 0.5, 0.75, 1].entries()) expect(line[index]).toBeCloseTo(share, 1);
  });
});
