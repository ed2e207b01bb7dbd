import { describe, expect, test } from "bun:test";
import { randomNumbers } from "../../testing/testing_random.ts";
import { copyrightExif, upToDateExif } from "./exif.ts";
import { sharp } from "../sharp_setup.ts";

/** Writes EXIF with sharp, and returns the EXIF of the resulting JPEG. */
async function exifOf(fields: Parameters<ReturnType<typeof sharp>["withExif"]>[0]): Promise<Buffer> {
  const image = sharp({ create: { width: 2, height: 2, channels: 3, background: "red" } });
  const { exif } = await sharp(await image.withExif(fields).jpeg().toBuffer()).metadata();
  return exif ?? Buffer.alloc(0);
}

/** Returns big-endian EXIF with an orientation, a text stored in its entry, and the offset of a thumbnail. */
function motorolaExif(): Buffer {
  const bytes = Buffer.alloc(8 + 2 + 2 * 12 + 4);
  bytes.write("MM\0*", "latin1");
  bytes.writeUInt32BE(8, 4);
  bytes.writeUInt16BE(2, 8);
  for (const [index, [tag, type, count]] of [
    [0x0112, 3, 1],
    [0x8298, 2, 3],
  ].entries()) {
    const at = 10 + index * 12;
    bytes.writeUInt16BE(tag ?? 0, at);
    bytes.writeUInt16BE(type ?? 0, at + 2);
    bytes.writeUInt32BE(count ?? 0, at + 4);
  }
  bytes.writeUInt16BE(6, 18);
  bytes.write("me\0", 30, "latin1");
  bytes.writeUInt32BE(99, 34);
  return Buffer.concat([Buffer.from("Exif\0\0", "latin1"), bytes]);
}

describe("copyrightExif()", () => {
  test("keeps artist and copyright, and nothing else", async () => {
    const exif = await exifOf({
      IFD0: { Copyright: "somebody", Artist: "an artist", Make: "a camera" },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "10/1 20/1 30/1" },
    });
    expect(exif.includes("a camera")).toBe(true);
    const kept = copyrightExif(exif);
    expect(kept?.includes("somebody\0")).toBe(true);
    expect(kept?.includes("an artist\0")).toBe(true);
    expect(kept?.includes("a camera")).toBe(false);
    expect(kept?.length).toBe(8 + 2 + 2 * 12 + 4 + 10 + 10);
  });

  test("reads both byte orders, and texts stored in their entries", () => {
    expect(copyrightExif(motorolaExif())?.includes("me\0")).toBe(true);
  });

  test("returns null if there is neither", async () => {
    expect(copyrightExif(await exifOf({ IFD0: { Make: "a camera" } }))).toBeNull();
    expect(copyrightExif(await exifOf({ IFD0: { Copyright: " " } }))).toBeNull();
  });
});

describe("upToDateExif()", () => {
  test("removes orientation and thumbnail, and keeps the rest", () => {
    const before = motorolaExif().subarray(6);
    const after = upToDateExif(motorolaExif(), { isTurned: true });
    expect(after?.readUInt16BE(18)).toBe(1);
    expect(after?.readUInt32BE(34)).toBe(0);
    const expected = Buffer.from(before);
    expected.writeUInt16BE(1, 18);
    expected.writeUInt32BE(0, 34);
    expect(after).toEqual(expected);
    expect(before.readUInt16BE(18)).toBe(6);
    expect(upToDateExif(motorolaExif(), { isTurned: false })?.readUInt16BE(18)).toBe(6);
  });
});

describe("hostile EXIF", () => {
  test("returns null without an error", () => {
    const random = randomNumbers(3);
    const sane = motorolaExif();
    for (let count = 0; count < 2_000; count++) {
      const bytes = Buffer.from(sane.subarray(0, Math.floor(random() * (sane.length + 1))));
      for (let change = 0; change < 3 && bytes.length > 0; change++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      expect(() => copyrightExif(bytes)).not.toThrow();
      expect(() => upToDateExif(bytes, { isTurned: true })).not.toThrow();
    }
  });
});
