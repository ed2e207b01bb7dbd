import sharp from "sharp";
import { type Bomb, littleEndian } from "./testing_bomb.ts";

/** Returns a GIF with frames of any size that have the bytes of one pixel each. */
export function gifOf(width: number, height: number, frames: number): Buffer {
  const palette = Buffer.from([0, 0, 0, 255, 255, 255]);
  const screen = Buffer.concat([littleEndian([2, width], [2, height]), Buffer.from([0x80, 0, 0])]);
  const control = Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0]);
  const image = Buffer.concat([
    Buffer.of(0x2c),
    littleEndian([2, 0], [2, 0], [2, width], [2, height], [1, 0]),
    Buffer.from([2, 2, 0x44, 0x01, 0]),
  ]);
  const frame = Buffer.concat([control, image]);
  return Buffer.concat([
    Buffer.from("GIF89a"),
    screen,
    palette,
    ...Array.from({ length: frames }, () => frame),
    Buffer.of(0x3b),
  ]);
}

/** Returns a WebP with equal frames of 16 × 16 pixels on a canvas of any size. */
export async function webpOf(width: number, height: number, frames: number): Promise<Buffer> {
  const still = await sharp({ create: { width: 16, height: 16, channels: 3, background: "red" } })
    .webp({ lossless: true })
    .toBuffer();
  const bitstream = still.subarray(12);
  const at = littleEndian([3, 0], [3, 0], [3, 15], [3, 15], [3, 10], [1, 0]);
  const frame = riffChunk("ANMF", Buffer.concat([at, bitstream]));
  const chunks = Buffer.concat([
    riffChunk("VP8X", littleEndian([4, 2], [3, width - 1], [3, height - 1])),
    riffChunk("ANIM", littleEndian([4, 0], [2, 0])),
    ...Array.from({ length: frames }, () => frame),
  ]);
  return Buffer.concat([
    Buffer.from("RIFF"),
    littleEndian([4, chunks.length + 4]),
    Buffer.from("WEBP"),
    chunks,
  ]);
}

function riffChunk(type: string, content: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(type),
    littleEndian([4, content.length]),
    content,
    Buffer.alloc(content.length % 2),
  ]);
}

/** Options for {@linkcode tiffOf}. */
export interface TiffOptions {
  /** @default {1} */
  readonly pages?: number;
  /** The claimed length of its only strip. @default {1} */
  readonly stripBytes?: number;
}

/** Returns a grey TIFF of equal pages that share one byte of pixels. */
export function tiffOf(
  width: number,
  height: number,
  { pages = 1, stripBytes = 1 }: TiffOptions = {},
): Buffer {
  const tags = [
    [0x100, width],
    [0x101, height],
    [0x102, 8],
    [0x103, 1],
    [0x106, 1],
    [0x111, 8],
    [0x115, 1],
    [0x116, height],
    [0x117, stripBytes],
  ] as const;
  const page = Buffer.concat([
    littleEndian([2, tags.length]),
    ...tags.map(([tag, value]) => littleEndian([2, tag], [2, 4], [4, 1], [4, value])),
    littleEndian([4, 0]),
  ]);
  const start = 12;
  const all = Buffer.alloc(pages * page.length, page);
  for (let next = 1; next < pages; next++)
    all.writeUInt32LE(start + next * page.length, next * page.length - 4);
  return Buffer.concat([Buffer.from("II*\0"), littleEndian([4, start]), Buffer.alloc(4), all]);
}

export const FRAME_BOMBS: readonly Bomb[] = [
  { name: "GIF of 50,000 frames", met: "header", make: () => gifOf(1, 1, 50_000) },
  { name: "GIF of 250 frames of 16 megapixels", met: "header", make: () => gifOf(4_000, 4_000, 250) },
  { name: "GIF that says 65,535 × 65,535 pixels", met: "header", make: () => gifOf(65_535, 65_535, 1) },
  { name: "WebP of 5,000 frames", met: "header", make: () => webpOf(16, 16, 5_000) },
  { name: "WebP of 250 frames of 16 megapixels", met: "header", make: () => webpOf(4_000, 4_000, 250) },
  { name: "WebP that says 16,384 × 16,384 pixels", met: "header", make: () => webpOf(16_384, 16_384, 1) },
  { name: "TIFF of 60,000 pages", met: "header", make: () => tiffOf(1, 1, { pages: 60_000 }) },
  { name: "TIFF that says 4,000,000,000 × 1 pixels", met: "header", make: () => tiffOf(4_000_000_000, 1) },
  {
    name: "TIFF that says its one byte is 49 megapixels in a strip of 4 GB",
    met: "limit",
    make: () => tiffOf(7_000, 7_000, { stripBytes: 4_294_967_295 }),
  },
];
