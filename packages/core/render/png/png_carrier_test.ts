import { describe, expect, test } from "bun:test";
import type { CarriedMetadata } from "../metadata/carried_metadata.ts";
import { pngCarrier } from "./png_carrier.ts";
import { sharp } from "../sharp_setup.ts";
import { gradient } from "../source_fixtures.ts";

const SIZE = { width: 13, height: 7 } as const;
const NOTHING: CarriedMetadata = { profile: null, exif: null, xmp: null, iptc: null };

describe("pngCarrier()", () => {
  test.each([3, 4] as const)("holds the very pixels: %d channels", async (channels) => {
    const data = gradient(SIZE.width, SIZE.height, channels);
    const png = pngCarrier({ data, size: SIZE, pages: 1, channels }, NOTHING);
    expect(await sharp(png, { failOn: "warning" }).metadata()).toMatchObject({
      format: "png",
      ...SIZE,
      channels,
    });
    expect((await sharp(png).raw().toBuffer()).equals(data)).toBe(true);
  });

  test("holds 16 bits a channel", async () => {
    const words = Uint16Array.from(
      { length: SIZE.width * SIZE.height * 3 },
      (_, index) => (index * 257) % 65_536,
    );
    const data = Buffer.from(words.buffer);
    const before = Buffer.from(data);
    const png = pngCarrier({ data, size: SIZE, pages: 1, channels: 3, is16Bit: true }, NOTHING);
    const image = sharp(png, { failOn: "warning" }).toColourspace("rgb16");
    expect((await image.raw({ depth: "ushort" }).toBuffer()).equals(data)).toBe(true);
    expect(data).toEqual(before);
  });

  test("holds profile, EXIF and XMP byte for byte", async () => {
    const tagged = await sharp({ create: { ...SIZE, channels: 3, background: "red" } })
      .withIccProfile("p3")
      .withExif({ IFD0: { Artist: "me" } })
      .png()
      .toBuffer();
    const { icc = null, exif = null } = await sharp(tagged).metadata();
    const xmp = Buffer.from("<x:xmpmeta xmlns:x='adobe:ns:meta/'>ü</x:xmpmeta>");
    const carriedMetadata = { profile: icc, exif, xmp, iptc: null };
    const data = gradient(SIZE.width, SIZE.height, 3);
    const png = pngCarrier({ data, size: SIZE, pages: 1, channels: 3 }, carriedMetadata);
    const found = await sharp(png, { failOn: "warning" }).metadata();
    expect(found.icc).toEqual(icc ?? undefined);
    expect(found.exif?.equals(exif ?? Buffer.alloc(0))).toBe(true);
    expect(found.xmp).toEqual(xmp);
  });
});
