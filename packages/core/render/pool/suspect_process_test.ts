import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import type { PoolFault, ProcessPoolOptions } from "./process_pool_options.ts";
import { ProcessPoolRenderer } from "./process_pool_renderer.ts";
import type { RenderJob } from "../renderer.ts";
import { POOL_OPTIONS } from "./testing_pool.ts";
import { until } from "../../testing/testing_until.ts";

const OPTIONS: ProcessPoolOptions = {
  ...POOL_OPTIONS,
  plugins: ["testing_plugin.ts", "testing_vandal_plugin.ts"].map((name) => join(import.meta.dir, name)),
  onFault: () => {},
};

const HAS_FILE_LIMITS = process.platform === "linux" && Bun.which("prlimit") !== null;
if (!HAS_FILE_LIMITS) console.warn("Skipped: tests of file handles need Linux and prlimit");

describe("a render process that is suspect", () => {
  let folder: string;
  let input: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-suspect-"));
    input = join(folder, "input.png");
    await sharp({ create: { width: 20, height: 10, channels: 3, background: "#ff0000" } })
      .png()
      .toFile(input);
  });
  afterAll(() => rm(folder, { recursive: true }));

  function job(transform: string | null, params: Readonly<Record<string, string>> = {}): RenderJob {
    const steps = transform ? [{ transform, params }] : [];
    const output = join(folder, crypto.randomUUID());
    return { key: crypto.randomUUID(), input, inputFormat: "png", output, format: "png", steps };
  }

  async function withPool(
    options: Partial<ProcessPoolOptions>,
    work: (pool: ProcessPoolRenderer, faults: PoolFault[]) => Promise<void>,
  ) {
    const faults: PoolFault[] = [];
    const onFault = (fault: PoolFault) => faults.push(fault);
    const pool = new ProcessPoolRenderer({ ...OPTIONS, onFault, ...options });
    try {
      await until("all render processes are ready", () => pool.isReady);
      await work(pool, faults);
    } finally {
      await pool.close();
    }
  }

  /** Renders without a step, and expects the picture to be unchanged. */
  async function expectRightPixels(pool: ProcessPoolRenderer): Promise<void> {
    const plain = job(null);
    await pool.render(plain);
    expect([...(await sharp(plain.output).raw().toBuffer()).subarray(0, 3)]).toEqual([255, 0, 0]);
  }

  test("is replaced with a reason after a plugin has failed in it", () =>
    withPool({}, async (pool, faults) => {
      const [pid] = pool.renderPids;
      await expect(pool.render(job("act", { act: "throw" }))).rejects.toMatchObject({
        code: "plugin_failed",
      });
      await expectRightPixels(pool);
      expect(pool.renderPids).not.toContain(pid ?? 0);
      const reason = 'a plugin failed in it: Cannot process image as transform "act" failed';
      expect(faults).toMatchObject([{ pid, message: `A render process is replaced as ${reason}` }]);
    }));

  test("is replaced if it cannot decode what a probe has decoded, and kept if no probe has", () =>
    withPool({}, async (pool, faults) => {
      const broken = join(folder, "broken.png");
      await Bun.write(broken, (await Bun.file(input).bytes()).subarray(0, 40));
      const [pid = 0] = pool.renderPids;
      const brokenJob = { ...job(null), input: broken };
      const render = (changes: Partial<RenderJob>) =>
        expect(pool.render({ ...brokenJob, ...changes })).rejects.toMatchObject({ code: "broken_image" });
      await render({ isUnprobed: true });
      expect([pool.renderPids, faults]).toEqual([expect.arrayContaining([pid]), []]);
      await render({});
      expect(faults).toMatchObject([{ pid, message: expect.stringContaining("could not decode") }]);
    }));

  test("continues while many were replaced, so that a plugin that always fails causes few starts", () =>
    withPool({}, async (pool, faults) => {
      const startedAt = performance.now();
      for (let count = 0; count < 40; count++) {
        await expect(pool.render(job("act", { act: "throw" }))).rejects.toMatchObject({
          code: "plugin_failed",
        });
        await expectRightPixels(pool);
      }
      const seconds = (performance.now() - startedAt) / 1_000;
      expect(faults.length).toBeGreaterThanOrEqual(4);
      expect(faults.length).toBeLessThanOrEqual(4 + Math.ceil(seconds));
    }));

  test.each([
    ["list", "Array.prototype.map"],
    ["sharp", "sharp.prototype.png"],
  ])("because a plugin changes %s makes only that plugin's requests fail", (act, changed) =>
    withPool({}, async (pool, faults) => {
      const vandal = job("vandal", { act });
      await expect(pool.render({ ...vandal, keepAs: join(folder, act) })).rejects.toMatchObject({
        code: "plugin_failed",
        message: `Cannot process image as transform "vandal" changes ${changed}, which all renders share`,
      });
      expect(await Bun.file(join(folder, act)).exists()).toBe(false);
      for (let count = 0; count < 3; count++) await expectRightPixels(pool);
      expect(faults).toMatchObject([{ message: expect.stringContaining(`a plugin has changed ${changed}`) }]);
    }),
  );

  test.each(["listLater", "sharpLater"])("because of %s still renders correctly", (act) =>
    withPool({}, async (pool, faults) => {
      await pool.render(job("vandal", { act }));
      for (let count = 0; count < 3; count++) await expectRightPixels(pool);
      expect(faults).toHaveLength(1);
      expect((await pool.probe(input)).width).toBe(20);
    }),
  );

  test("does no other task if a change cannot be undone", () =>
    withPool({}, async (pool, faults) => {
      const [pid] = pool.renderPids;
      await expect(pool.render(job("vandal", { act: "fixed" }))).rejects.toThrow();
      await expectRightPixels(pool);
      expect(pool.renderPids).not.toContain(pid ?? 0);
      expect(faults).toMatchObject([{ pid, message: expect.stringContaining("Array.prototype.extra") }]);
    }));

  test("does not let plugins change sharp's settings", () =>
    withPool({}, async (pool) => {
      await expect(pool.render(job("vandal", { act: "settings" }))).rejects.toMatchObject({
        code: "plugin_failed",
        cause: { message: expect.stringContaining('Cannot change "unblock" of sharp') },
      });
    }));

  test.skipIf(!HAS_FILE_LIMITS).each(["files", "filesLater"])(
    "blames no image and is replaced if it can open no more %s",
    (act) =>
      withPool({}, async (pool, faults) => {
        const outcomes = [];
        for (const each of [job("vandal", { act }), job(null)])
          outcomes.push(await pool.render(each).catch((error: unknown) => error));
        expect(outcomes[act === "files" ? 0 : 1]).toMatchObject({ code: "storage_error" });
        await expectRightPixels(pool);
        const message = "A render process is replaced as it could not read or write a file";
        expect(faults).toMatchObject([{ message }]);
      }),
  );

  test.skipIf(!HAS_FILE_LIMITS)("is not believed after a plugin has sent its own message", () =>
    withPool({}, async (pool, faults) => {
      const forged = await pool.render(job("vandal", { act: "forge" })).catch((error: unknown) => error);
      expect(forged).not.toMatchObject({ width: 1 });
      await expectRightPixels(pool);
      const reason = "a plugin has sent a message of its own";
      expect(faults[0]?.message).toBe(`A render process is replaced as ${reason}`);
    }),
  );
});
