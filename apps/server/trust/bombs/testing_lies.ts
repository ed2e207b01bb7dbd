import sharp from "sharp";
import { bigEndian, type Bomb, littleEndian } from "./testing_bomb.ts";
import { pngChunk } from "./testing_png_bombs.ts";

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Returns a PNG that announces more bytes than it has. */
function pngThatSays(width: number, height: number, idatBytes: number): Buffer {
  const header = pngChunk("IHDR", bigEndian([4, width], [4, height], [1, 8], [4, 0]));
  return Buffer.concat([
    PNG_SIGNATURE,
    header,
    bigEndian([4, idatBytes]),
    Buffer.from("IDAT"),
    Buffer.alloc(50),
  ]);
}

async function avifThatSays(width: number, height: number): Promise<Buffer> {
  const avif = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
    .avif({ effort: 0 })
    .toBuffer();
  bigEndian([4, width], [4, height]).copy(avif, avif.indexOf("ispe") + 8);
  return avif;
}

async function webpThatSays(bytes: number): Promise<Buffer> {
  const webp = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
    .webp()
    .toBuffer();
  littleEndian([4, bytes]).copy(webp, 4);
  littleEndian([4, bytes - 12]).copy(webp, 16);
  return webp;
}

/** Returns a BigTIFF whose first directory claims 2^64 - 1 entries. */
function bigTiff(): Buffer {
  const header = Buffer.concat([Buffer.from("II+\0"), littleEndian([2, 8], [2, 0], [4, 16], [4, 0])]);
  return Buffer.concat([header, Buffer.alloc(8, 0xff), Buffer.alloc(200)]);
}

export const LIES: readonly Bomb[] = [
  {
    name: "PNG that ends after its first bytes",
    met: "limit",
    make: () => pngThatSays(7_000, 7_000, 2_147_483_647),
  },
  {
    name: "PNG of 2^31 pixels a side",
    met: "header",
    make: () => pngThatSays(2_147_483_647, 2_147_483_647, 10),
  },
  { name: "PNG of no pixels", met: "header", make: () => pngThatSays(0, 0, 10) },
  {
    name: "AVIF that says 30,000 × 30,000 of 64 × 64 pixels",
    met: "header",
    make: () => avifThatSays(30_000, 30_000),
  },
  { name: "WebP that says it has 4 GB", met: "limit", make: () => webpThatSays(4_294_967_294) },
  { name: "BigTIFF whose directory has 2^64 entries", met: "limit", make: bigTiff },
];
