import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Probe } from "../../image/probe.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { registryFixture } from "../../transform/contract/plugin_fixture.ts";
import { OUTPUT_FORMATS, type OutputFormat } from "../../transform/output/formats.ts";
import { parseUrlRecipe } from "../../transform/recipe/parse_url_recipe.ts";
import { probeImage } from "../probe_image.ts";
import { renderRecipe } from "../render_recipe.ts";
import { sharp } from "../sharp_setup.ts";
import { ANIMATION, animationFixture, gradient } from "../source_fixtures.ts";
import { gifFixture } from "./gif_fixture.ts";
import { tiffFixture } from "./tiff_fixture.ts";

describe("prepareInput()", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-input-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  /** Probes a file and renders it as a server does: with the facts of the probe. */
  async function render(bytes: Uint8Array | string, format: OutputFormat, query = "") {
    const input = join(folder, crypto.randomUUID());
    const output = join(folder, crypto.randomUUID());
    await Bun.write(input, bytes);
    const probe: Probe = await probeImage(input, DEFAULT_LIMITS);
    const { steps } = parseUrlRecipe(query, registryFixture);
    const job = { input, inputFormat: probe.format, output, format, steps, traits: probe };
    const rendered = await renderRecipe(job, registryFixture, DEFAULT_LIMITS);
    return { probe, rendered, output };
  }

  async function pixelsOf(path: string) {
    const image = sharp(path, { animated: true }).ensureAlpha().raw();
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    return (x: number, y: number) => [
      ...data.subarray((y * info.width + x) * 4, (y * info.width + x + 1) * 4),
    ];
  }

  test.each(["png", "webp", "gif"] as const)(
    "leaves the canvas of a GIF transparent where no frame covers it, in %s",
    async (format) => {
      const frame = { x: 20, y: 20, width: 20, height: 20, color: [255, 0, 0] } as const;
      const { probe, output } = await render(gifFixture({ width: 60, height: 60 }, [frame]), format);
      expect(probe).toMatchObject({ hasAlpha: true, pages: 1, durationMs: null });
      const at = await pixelsOf(output);
      expect(at(5, 5)[3]).toBe(0);
      expectNear(at(30, 30), [255, 0, 0, 255], 4);
    },
  );

  test("clears a frame of a GIF to transparency, and counts the frames as before", async () => {
    const size = { width: 8, height: 8 };
    const frames = [
      { ...size, x: 0, y: 0, color: [255, 0, 0], disposal: 2 },
      { x: 0, y: 0, width: 4, height: 4, color: [0, 255, 0] },
    ] as const;
    for (const query of ["", "mirror"]) {
      const { probe, rendered, output } = await render(gifFixture(size, frames), "webp", query);
      expect(probe).toMatchObject({ hasAlpha: true, pages: 2, durationMs: 200 });
      expect(rendered).toMatchObject({ ...size, pages: 2 });
      const at = await pixelsOf(output);
      // The fixture of this name mirrors from top to bottom.
      const [covered, cleared] = query === "" ? [8, 15] : [15, 8];
      expect(at(0, covered)).toEqual([0, 255, 0, 255]);
      expect(at(7, cleared)[3]).toBe(0);
    }
  });

  test("leaves a GIF whose first frame covers its canvas as it is", async () => {
    const frames = [{ x: 0, y: 0, width: 8, height: 8, color: [255, 0, 0] }] as const;
    const { probe } = await render(gifFixture({ width: 8, height: 8 }, frames), "png");
    expect(probe.hasAlpha).toBe(false);
  });

  test("finds the frames of a GIF behind comments of any length", async () => {
    const frame = { x: 2, y: 2, width: 4, height: 4, color: [255, 0, 0] } as const;
    const gif = gifFixture({ width: 8, height: 8 }, [frame]);
    for (const blocks of [255, 256, 257, 600]) {
      const { probe, output } = await render(withComment(gif, blocks), "png");
      expect(probe.hasAlpha).toBe(true);
      const at = await pixelsOf(output);
      expect([at(0, 0)[3], at(4, 4)[3]]).toEqual([0, 255]);
    }
  });

  test("does not hold a GIF in memory that it leaves as it is", async () => {
    const frame = { x: 0, y: 0, width: 8, height: 8, color: [255, 0, 0] } as const;
    const path = join(folder, "large.gif");
    await Bun.write(path, withComment(gifFixture({ width: 8, height: 8 }, [frame]), 250_000));
    const script = `const { prepareInput } = await import(${JSON.stringify(join(import.meta.dir, "prepare_input.ts"))});
      const bytes = () => process.memoryUsage().rss;
      const before = bytes();
      await prepareInput({ path: ${JSON.stringify(path)}, format: "gif" });
      console.log(bytes() - before);`;
    const child = Bun.spawn([process.execPath, "-e", script], { timeout: 30_000 });
    const grown = Number(await new Response(child.stdout).text());
    expect(await child.exited).toBe(0);
    expect(grown).toBeLessThan(Bun.file(path).size / 2);
  });

  test.each([
    ["RGB", 3, 2],
    ["grey", 1, 1],
  ] as const)(
    "drops channels of a TIFF beyond %s and alpha, in every format",
    async (_, colors, photometric) => {
      for (const bits of [8, 16]) {
        const samples = [...[200, 100, 50].slice(0, colors), 255, 7];
        const bytes = samples.flatMap((value) => (bits === 8 ? [value] : [value, value]));
        const data = Buffer.concat(Array.from({ length: 64 }, () => Buffer.from(bytes)));
        const size = { width: 8, height: 8 };
        const extra = { samples: samples.length, extraSamples: [2, 0] };
        const tiff = tiffFixture({ ...size, ...extra, bits, photometric, data });
        for (const format of OUTPUT_FORMATS) {
          const { output, probe } = await render(tiff, format);
          expect(probe.warnings).toEqual(["channels_dropped"]);
          const expected = colors === 3 ? [200, 100, 50, 255] : [200, 200, 200, 255];
          expectNear((await pixelsOf(output))(4, 4), expected, 6);
        }
      }
    },
  );

  test("gives CMYK of 16 bits the colours of CMYK of 8 bits", async () => {
    const cmyk = [50, 205, 25, 12];
    const size = { width: 8, height: 8, samples: 4, photometric: 5 };
    const colorOf = async (bits: 8 | 16) => {
      const pixel = Buffer.from(cmyk.flatMap((value) => (bits === 8 ? [value] : [value, value])));
      const data = Buffer.concat(Array.from({ length: 64 }, () => pixel));
      return (await pixelsOf((await render(tiffFixture({ ...size, bits, data }), "png")).output))(4, 4);
    };
    expect(await colorOf(16)).toEqual(await colorOf(8));
  });

  test("accepts a JPEG that lacks only the mark of its end, and no other that is cut", async () => {
    const size = { width: 240, height: 160 };
    const photo = sharp(gradient(240, 160, 3), { raw: { ...size, channels: 3 } });
    const whole = await photo.jpeg().toBuffer();
    const withoutMark = whole.subarray(0, -2);
    for (const query of ["", "mirror", "scale=0.5"]) {
      const outputs = [whole, withoutMark, Buffer.concat([whole, Buffer.from("more")])].map(
        async (bytes) =>
          await sharp((await render(bytes, "png", query)).output)
            .raw()
            .toBuffer(),
      );
      const [expected, ...others] = await Promise.all(outputs);
      for (const pixels of others) expect(Buffer.compare(pixels, expected as Buffer)).toBe(0);
    }
    expect((await render(whole, "png")).probe.warnings).toEqual([]);
    expect((await render(withoutMark, "png")).probe.warnings).toEqual(["end_missing"]);
    const progressive = await photo.jpeg({ progressive: true }).toBuffer();
    for (const cut of [whole.subarray(0, -6), whole.subarray(0, -400), progressive.subarray(0, -2)])
      await expect(render(cut, "png")).rejects.toMatchObject({ code: "broken_image" });
  });

  test.each([2, 3, 4, 5, 6, 7, 8])(
    "turns an animation of orientation %d like a still",
    async (orientation) => {
      const { bytes } = await animationFixture("webp");
      const exif = Buffer.from("49492a0008000000010012010300010000000000000000000000", "hex");
      exif.writeUInt16LE(orientation, 18);
      const turned = withExif(bytes, exif);
      const still = await render(turned, "png");
      const animation = await render(turned, "webp");
      const isSideways = orientation > 4;
      const size = isSideways ? { width: 28, height: 40 } : { width: 40, height: 28 };
      expect(still.probe).toMatchObject({ ...size, orientation });
      expect(animation.rendered).toMatchObject({ ...size, pages: ANIMATION.pages });
      const first = await sharp(animation.output).raw().toBuffer();
      const expected = await sharp(turned, { autoOrient: true }).raw().toBuffer();
      const distance = first.reduce((sum, value, at) => sum + Math.abs(value - (expected[at] ?? 0)), 0);
      expect(distance / first.length).toBeLessThan(6);
    },
  );
});

/** Adds a comment of blocks of 255 bytes before the first frame of a GIF. */
function withComment(gif: Buffer, blocks: number): Buffer {
  const SCREEN_END = 13;
  const body = Buffer.alloc(blocks * 256, 0x21);
  for (let block = 0; block < blocks; block++) body[block * 256] = 255;
  const comment = Buffer.concat([Buffer.of(0x21, 0xfe), body, Buffer.of(0)]);
  return Buffer.concat([gif.subarray(0, SCREEN_END), comment, gif.subarray(SCREEN_END)]);
}

function expectNear(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  const distance = Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? NaN))));
  expect({ actual, isNear: distance <= tolerance }).toEqual({ actual, isNear: true });
}

/** Adds EXIF to an animated WebP. @see https://developers.google.com/speed/webp/docs/riff_container */
function withExif(webp: Buffer, exif: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write("EXIF");
  head.writeUInt32LE(exif.length, 4);
  const changed = Buffer.concat([webp, head, exif]);
  changed.writeUInt32LE(changed.length - 8, 4);
  const flagsAt = changed.indexOf("VP8X") + 8;
  changed.writeUInt8(changed.readUInt8(flagsAt) | 8, flagsAt);
  return changed;
}
