import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Renderer, RenderJob } from "./renderer.ts";

/** Creates a renderer that is used for a whole suite. */
export type MakeRenderer = () => Renderer;

/** 2 × 1 pixels: red, then half-transparent blue. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADklEQVQImWP4z8AAQg0AD3oDfoCpf8EAAAAASUVORK5CYII=",
  "base64",
);

/** Tests the behaviour that every {@linkcode Renderer} must have. */
export function rendererContract(name: string, makeRenderer: MakeRenderer): void {
  describe(`${name} as a Renderer`, () => {
    let folder: string;
    let renderer: Renderer;
    let input: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "progimage-test-"));
      input = join(folder, "input");
      await Bun.write(input, PNG);
      renderer = makeRenderer();
    });
    afterAll(async () => {
      await renderer.close();
      await rm(folder, { recursive: true });
    });

    function job(changes: Partial<RenderJob> = {}): RenderJob {
      const output = join(folder, crypto.randomUUID());
      return { key: output, input, inputFormat: "png", output, format: "webp", steps: [], ...changes };
    }

    test("probe() returns the properties of an image", async () => {
      const probe = await renderer.probe(input);
      expect(probe).toMatchObject({
        format: "png",
        width: 2,
        height: 1,
        pages: 1,
        hasAlpha: true,
        orientation: 1,
        colorSpace: "srgb",
      });
      expect(probe.dominantColor).toMatch(/^#[0-9a-f]{6}$/);
      expect(Buffer.from(probe.thumbhash, "base64").length).toBeGreaterThan(4);
    });

    test("probe() rejects a file that is no image", async () => {
      const path = join(folder, "text");
      await Bun.write(path, "Not an image at all, but more than a few bytes of text.");
      await expect(renderer.probe(path)).rejects.toMatchObject({
        name: "ProgImageError",
        code: "unsupported_media",
      });
    });

    test("render() writes the output and returns its properties", async () => {
      const wanted = job();
      const rendered = await renderer.render(wanted);
      const bytes = Bun.file(wanted.output);
      expect(rendered).toMatchObject({ width: 2, height: 1, pages: 1, bytes: bytes.size });
      expect(rendered.queue).toBeGreaterThanOrEqual(0);
      expect(rendered.render).toBeGreaterThan(0);
      expect(await bytes.slice(8, 12).text()).toBe("WEBP");
    });

    test("render() of a broken image rejects, and the next one succeeds", async () => {
      const broken = join(folder, "broken");
      await Bun.write(broken, PNG.subarray(0, 50));
      await expect(renderer.render(job({ input: broken }))).rejects.toMatchObject({
        name: "ProgImageError",
        code: "broken_image",
      });
      expect((await renderer.render(job())).width).toBe(2);
    });

    test("render() checks the bytes of files before it decodes them, at every call", async () => {
      const sha256 = new Bun.CryptoHasher("sha256").update(PNG).digest("hex");
      const checks = [{ path: input, sha256 }];
      expect((await renderer.render(job({ checks }))).width).toBe(2);
      const flipped = join(folder, "flipped");
      await Bun.write(
        flipped,
        PNG.map((byte, index) => (index === 70 ? byte ^ 1 : byte)),
      );
      const cut = join(folder, "cut");
      await Bun.write(cut, PNG.subarray(0, 50));
      const empty = join(folder, "empty");
      await Bun.write(empty, "");
      for (const path of [flipped, cut, empty]) {
        const damaged = job({
          input: path,
          checks: [...checks, { path, sha256: sha256.replace(/^../, "00") }],
        });
        for (let time = 0; time < 3; time++) {
          await expect(renderer.render(damaged)).rejects.toMatchObject({
            name: "ProgImageError",
            code: "damaged",
            details: { sha256: sha256.replace(/^../, "00") },
          });
          expect(await Bun.file(damaged.output).exists()).toBe(false);
        }
        await expect(renderer.render(job({ input: path, checks: [{ path, sha256 }] }))).rejects.toMatchObject(
          { code: "damaged" },
        );
      }
    });

    test("render() does many jobs at a time", async () => {
      const jobs = Array.from({ length: 12 }, () => job({ format: "png" }));
      const all = await Promise.all(jobs.map((each) => renderer.render(each)));
      expect(all.every(({ width }) => width === 2)).toBe(true);
      const bytes = await Promise.all(jobs.map((each) => Bun.file(each.output).text()));
      expect(new Set(bytes).size).toBe(1);
    });

    test("fingerprint() is the same at every call", async () => {
      const fingerprint = await renderer.fingerprint();
      expect(fingerprint.length).toBeGreaterThan(3);
      expect(await renderer.fingerprint()).toBe(fingerprint);
      expect((await readdir(folder)).length).toBeGreaterThan(0);
    });
  });
}
