import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { probeImage } from "../probe_image.ts";
import { sharp } from "../sharp_setup.ts";
import { type TiffFixture, tiffFixture } from "./tiff_fixture.ts";

const LIST = "none of JPEG, PNG, WebP, AVIF, GIF, TIFF, SVG";

describe("explainRefusal()", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-refusal-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function refusalOf(bytes: string | Uint8Array): Promise<string> {
    const path = join(folder, crypto.randomUUID());
    await Bun.write(path, bytes);
    const error: unknown = await probeImage(path, DEFAULT_LIMITS).catch((caught: unknown) => caught);
    const { code, message } = error as { code?: string; message?: string };
    return `${code}: ${message}`;
  }

  function photo() {
    const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
    return sharp({ create: { width: 40, height: 40, channels: 3, background: "red", noise } });
  }

  test("names a format that is not supported", async () => {
    for (const [title, bytes] of [
      ["PDF", "%PDF-1.7"],
      ["HEIC", "\0\0\0\x18ftypheic\0\0\0\0"],
      ["JPEG XL", Buffer.from("0000000c4a584c200d0a870a", "hex")],
      ["PSD", "8BPS\0\x01"],
    ] as const) {
      expect(await refusalOf(bytes)).toBe(`unsupported_media: Cannot read image as it is ${title}, ${LIST}`);
    }
    expect(await refusalOf("hello")).toBe(`unsupported_media: Cannot read image as it is ${LIST}`);
  });

  test("names the kind of a supported format that is not supported", async () => {
    const of12Bits = await photo().jpeg().toBuffer();
    // The marker of the frame is followed by the length of its header and the precision.
    of12Bits[of12Bits.indexOf(Buffer.from("ffc0", "hex")) + 4] = 12;
    const refused = (title: string, reason: string) =>
      `unsupported_media: Cannot read image as this kind of ${title} is not supported: ${reason}`;
    expect(await refusalOf(of12Bits)).toBe(refused("JPEG", "it has 12 bits a channel"));
    expect(await refusalOf("\0\0\0\x1cftypavis\0\0\0\0avifmif1")).toBe(refused("AVIF", "it is an animation"));
    const tiff = (fields: Partial<TiffFixture>) =>
      refusalOf(tiffFixture({ width: 4, height: 4, bits: 8, ...fields }));
    expect(await tiff({ bits: 12 })).toBe(refused("TIFF", "its bits a channel are not read"));
    const ofMany = { samples: 6, photometric: 2, extraSamples: [0, 0, 0] };
    expect(await tiff(ofMany)).toBe(refused("TIFF", "it has more than 5 channels"));
    const ofOldJpeg = { samples: 3, photometric: 6, compression: 6 };
    expect(await tiff(ofOldJpeg)).toBe(refused("TIFF", "its compression is Old-style JPEG"));
    expect(await tiff({ bits: 32, sampleFormat: 3 })).toBe(
      refused("TIFF", "its channels are floating-point numbers"),
    );
    expect(await tiff({ bits: 16, sampleFormat: 3 })).toBe(
      refused("TIFF", "its channels are floating-point numbers"),
    );
    expect(await tiff({ bits: 32 })).toBe(refused("TIFF", "its channels are numbers of 32 bits"));
    expect(await tiff({ bits: 16, sampleFormat: 2 })).toBe(
      refused("TIFF", "its channels are signed numbers"),
    );
    expect(await tiff({ compression: 50_000 })).toBe(refused("TIFF", "its compression is ZSTD"));
  });

  test("says that an SVG exceeds a limit of its renderer", async () => {
    const pattern =
      '<pattern id="p" width="40000" height="40000" patternUnits="userSpaceOnUse"><path d="M0 0"/></pattern>';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="2000">${pattern}<rect width="2000" height="2000" fill="url(#p)"/></svg>`;
    expect(await refusalOf(svg)).toBe(
      "unsupported_media: Cannot read image as this kind of SVG is not supported: it exceeds a limit of the renderer",
    );
  });

  test("distinguishes files that are cut from files that are damaged", async () => {
    for (const [title, format] of [
      ["JPEG", "jpeg"],
      ["GIF", "gif"],
      ["WebP", "webp"],
      ["AVIF", "avif"],
    ] as const) {
      const bytes = await photo().toFormat(format).toBuffer();
      expect(await refusalOf(bytes.subarray(0, bytes.length * 0.6))).toBe(
        `broken_image: Cannot decode ${title} as its bytes are broken: they end too early`,
      );
    }
    const damaged = await photo().png().toBuffer();
    const middle = Math.floor(damaged.length / 2);
    damaged.fill(0xff, middle, middle + 40);
    expect(await refusalOf(damaged)).toBe(
      "broken_image: Cannot decode PNG as its bytes are broken: they are damaged",
    );
    const directoryIsMissing = tiffFixture({ width: 4, height: 4, bits: 8 }).subarray(0, 60);
    expect(await refusalOf(directoryIsMissing)).toStartWith("broken_image: Cannot decode TIFF");
  });
});
