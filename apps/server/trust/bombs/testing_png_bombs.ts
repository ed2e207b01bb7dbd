import { constants, crc32, deflateRawSync } from "node:zlib";
import { bigEndian, type Bomb } from "./testing_bomb.ts";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MEGABYTE = 1_000_000;

/** Options for {@linkcode pngOf}. */
export interface PngOptions {
  /** Bits of each grey pixel. @default {8} */
  readonly depth?: 1 | 8;
  /** Chunks between the header and the pixels. */
  readonly before?: readonly Buffer[];
  /** Chunks after the pixels. */
  readonly after?: readonly Buffer[];
}

/** Returns a black PNG of any size, which compresses well because its pixels are equal. */
export function pngOf(
  width: number,
  height: number,
  { depth = 8, before = [], after = [] }: PngOptions = {},
): Buffer {
  const rowBytes = 1 + Math.ceil((width * depth) / 8);
  const header = bigEndian([4, width], [4, height], [1, depth], [4, 0]);
  return Buffer.concat([
    SIGNATURE,
    pngChunk("IHDR", header),
    ...before,
    pngChunk("IDAT", zlibOfZeros(rowBytes * height)),
    ...after,
    pngChunk("IEND", Buffer.of()),
  ]);
}

/** Returns a chunk of a PNG. */
export function pngChunk(type: string, content: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type), content]);
  return Buffer.concat([bigEndian([4, content.length]), typed, bigEndian([4, crc32(typed)])]);
}

/** Returns zeros in zlib format, made of equal parts so that memory use stays small. */
export function zlibOfZeros(bytes: number): Buffer {
  const whole = Math.floor(bytes / MEGABYTE);
  const part = packZeros(MEGABYTE);
  const parts = Array.from({ length: whole }, () => part);
  // The Adler-32 of zeros: the low half stays 1, the high half is their number.
  const checksum = bigEndian([2, bytes % 65_521], [2, 1]);
  const end = deflateRawSync(Buffer.alloc(bytes % MEGABYTE));
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...parts, end, checksum]);
}

function packZeros(bytes: number): Buffer {
  return deflateRawSync(Buffer.alloc(bytes), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
}

function apngFrames(count: number): Buffer[] {
  const pixels = zlibOfZeros(9 * 8);
  return Array.from({ length: count - 1 }, (_, number) => [
    pngChunk(
      "fcTL",
      bigEndian([4, 2 * number + 1], [4, 8], [4, 8], [4, 0], [4, 0], [2, 1], [2, 100], [2, 0]),
    ),
    pngChunk("fdAT", Buffer.concat([bigEndian([4, 2 * number + 2]), pixels])),
  ]).flat();
}

const FIRST_FRAME = pngChunk(
  "fcTL",
  bigEndian([4, 0], [4, 8], [4, 8], [4, 0], [4, 0], [2, 1], [2, 100], [2, 0]),
);
const text = (name: string, value: Uint8Array) => Buffer.concat([Buffer.from(`${name}\0`), value]);

export const PNG_BOMBS: readonly Bomb[] = [
  { name: "PNG of 256 megapixels", met: "header", make: () => pngOf(16_000, 16_000, { depth: 1 }) },
  { name: "PNG of 1 × 60,000,000 pixels", met: "header", make: () => pngOf(1, 60_000_000) },
  { name: "PNG of 60,000,000 × 1 pixels", met: "header", make: () => pngOf(60_000_000, 1) },
  {
    name: "PNG with 100,000 chunks of text",
    met: "harmless",
    make: () =>
      pngOf(8, 8, {
        before: Array.from({ length: 100_000 }, () => pngChunk("tEXt", text("k", Buffer.from("v")))),
      }),
  },
  {
    // The decoder unpacks few of them, and ignores the rest.
    name: "PNG with 300 packed texts of 100 MB",
    met: "harmless",
    isLong: true,
    make: () => {
      const packed = zlibOfZeros(100 * MEGABYTE);
      const chunk = pngChunk("zTXt", text("k", Buffer.concat([Buffer.of(0), packed])));
      return pngOf(8, 8, { before: Array.from({ length: 300 }, () => chunk) });
    },
  },
  {
    name: "PNG with a packed profile of 900 MB",
    met: "harmless",
    make: () =>
      pngOf(8, 8, {
        before: [pngChunk("iCCP", text("p", Buffer.concat([Buffer.of(0), zlibOfZeros(900 * MEGABYTE)])))],
      }),
  },
  {
    name: "APNG of 20,000 frames",
    met: "harmless",
    make: () =>
      pngOf(8, 8, {
        before: [pngChunk("acTL", bigEndian([4, 20_000], [4, 0])), FIRST_FRAME],
        after: apngFrames(20_000),
      }),
  },
];
