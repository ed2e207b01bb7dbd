import { describe, expect, test } from "bun:test";
import { randomNumbers } from "../../testing/testing_random.ts";
import { iptcRecord, withIptc } from "./iptc.ts";
import { sharp } from "../sharp_setup.ts";

/** A caption in the record's own format. @see https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf */
const RECORD = Buffer.concat([Buffer.from([0x1c, 2, 120, 0, 5]), Buffer.from("hello")]);

function resource(id: number, name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(6 + 1 + name.length + ((1 + name.length) % 2) + 4);
  head.write("8BIM", "latin1");
  head.writeUInt16BE(id, 4);
  head[6] = name.length;
  head.write(name, 7, "latin1");
  head.writeUInt32BE(body.length, head.length - 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

const segment = Buffer.concat([
  Buffer.from("Photoshop 3.0\0", "latin1"),
  resource(0x040c, "thumb", Buffer.alloc(33, 7)),
  resource(0x0404, "", RECORD),
]);

describe("iptcRecord()", () => {
  test("finds the record behind others", () => {
    expect(iptcRecord(segment)).toEqual(RECORD);
  });

  test("returns null if there is no record, or a broken one", () => {
    expect(iptcRecord(Buffer.from("hello"))).toBeNull();
    expect(iptcRecord(segment.subarray(0, 60))).toBeNull();
    const random = randomNumbers(5);
    for (let count = 0; count < 1_000; count++) {
      const bytes = Buffer.from(segment.subarray(0, Math.floor(random() * segment.length)));
      if (bytes.length > 0) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      expect(() => iptcRecord(bytes)).not.toThrow();
    }
  });
});

describe("withIptc()", () => {
  test("writes a record that decoders find, and changes no pixel", async () => {
    const jpeg = await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
      .withExif({ IFD0: { Artist: "me" } })
      .jpeg()
      .toBuffer();
    const written = withIptc(jpeg, RECORD);
    const { iptc, exif } = await sharp(written).metadata();
    expect(iptc && iptcRecord(iptc)).toEqual(RECORD);
    expect(exif?.includes("me")).toBe(true);
    expect(await sharp(written, { failOn: "warning" }).raw().toBuffer()).toEqual(
      await sharp(jpeg).raw().toBuffer(),
    );
  });

  test("omits a record that is too large for a segment", async () => {
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);
    expect(withIptc(jpeg, Buffer.alloc(70_000))).toEqual(jpeg);
  });
});
