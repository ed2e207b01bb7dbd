import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../limits.ts";
import { type TestFolder, testFolder } from "../testing/testing_folder.ts";
import { probeImage } from "./probe_image.ts";
import { sharp } from "./sharp_setup.ts";
import { countTiffPages } from "./tiff_pages.ts";

describe("countTiffPages()", () => {
  let folder: TestFolder;
  beforeAll(async () => (folder = await testFolder()));
  afterAll(() => folder[Symbol.asyncDispose]());

  async function write(bytes: Uint8Array): Promise<string> {
    const path = join(folder.path, crypto.randomUUID());
    await Bun.write(path, bytes);
    return path;
  }

  test.each([
    { isBig: false, isLittleEndian: true },
    { isBig: false, isLittleEndian: false },
    { isBig: true, isLittleEndian: true },
    { isBig: true, isLittleEndian: false },
  ])("agrees with libtiff, %j", async (layout) => {
    for (const pages of [1, 2, 300]) {
      const path = await write(tiff(pages, layout));
      expect(countTiffPages(path, 1_000)).toBe(pages);
      expect((await sharp(path).metadata()).pages ?? 1).toBe(pages);
    }
  });

  test("stops after the limit, even in long or endless chains", async () => {
    const long = tiff(60_000);
    expect(countTiffPages(await write(long), 256)).toBe(257);
    expect(countTiffPages(await write(tiff(3, { next: 8 })), 256)).toBe(257);
  });

  test("returns 0 for other files, and counts the pages that are left in a truncated one", async () => {
    const { png, cut } = { png: await blank().png().toBuffer(), cut: tiff(5).subarray(0, 300) };
    expect(countTiffPages(await write(png), 256)).toBe(0);
    expect(countTiffPages(await write(new Uint8Array(0)), 256)).toBe(0);
    expect(countTiffPages(await write(cut), 256)).toBe(3);
  });

  test("lets a probe reject a TIFF of 60,000 pages before opening it, and accept one at the limit", async () => {
    const many = await write(tiff(60_000));
    const before = process.cpuUsage();
    await expect(probeImage(many, DEFAULT_LIMITS)).rejects.toMatchObject({
      code: "too_many_pixels",
      details: { limit: DEFAULT_LIMITS.inputFrames },
    });
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(100);
    expect(await probeImage(await write(tiff(256)), DEFAULT_LIMITS)).toMatchObject({ pages: 256 });
  });
});

function blank() {
  return sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } });
}

interface TiffOptions {
  readonly isBig?: boolean;
  readonly isLittleEndian?: boolean;
  /** The offset of the next page that the last page declares. @default {0} */
  readonly next?: number;
}

/** Creates a TIFF of pages with one grey pixel each. */
function tiff(pages: number, { isBig = false, isLittleEndian = true, next = 0 }: TiffOptions = {}): Buffer {
  const [start, count, entry, offset] = isBig ? [16, 8, 20, 8] : [8, 2, 12, 4];
  // Width, height, bits, no compression, black is zero, offset of the strip, samples, rows, bytes.
  const tags = [256, 257, 258, 259, 262, 273, 277, 278, 279];
  const directory = count + entry * tags.length + offset;
  const pixel = start + pages * directory;
  const values: Readonly<Record<number, number>> = { 258: 8, 273: pixel };
  const file = Buffer.alloc(pixel + 1);
  const put = (at: number, length: number, value: number) => {
    const where = isLittleEndian ? at : at + Math.max(0, length - 4);
    if (isLittleEndian) file.writeUIntLE(value, where, Math.min(length, 4));
    else file.writeUIntBE(value, where, Math.min(length, 4));
  };
  file.write(isLittleEndian ? "II" : "MM", "latin1");
  put(2, 2, isBig ? 43 : 42);
  if (isBig) put(4, 2, 8);
  put(isBig ? 8 : 4, offset, start);
  for (let page = 0; page < pages; page++) {
    const at = start + page * directory;
    put(at, count, tags.length);
    for (const [index, tag] of tags.entries()) {
      const from = at + count + index * entry;
      put(from, 2, tag);
      // LONG
      put(from + 2, 2, 4);
      put(from + 4, offset, 1);
      put(from + 4 + offset, 4, values[tag] ?? 1);
    }
    put(at + directory - offset, offset, page + 1 < pages ? at + directory : next);
  }
  return file;
}
