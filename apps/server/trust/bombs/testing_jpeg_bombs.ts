import sharp from "sharp";
import { bigEndian, type Bomb } from "./testing_bomb.ts";

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

/** Returns a progressive JPEG that repeats its last scan. */
export async function jpegOfScans(side: number, scans: number): Promise<Buffer> {
  const jpeg = await sharp({ create: { width: side, height: side, channels: 3, background: "gray" } })
    .jpeg({ progressive: true })
    .toBuffer();
  const last = jpeg.lastIndexOf(Buffer.from([0xff, START_OF_SCAN]));
  const scan = jpeg.subarray(last, -END_OF_IMAGE.length);
  return Buffer.concat([
    jpeg.subarray(0, -END_OF_IMAGE.length),
    ...Array.from({ length: scans }, () => scan),
    END_OF_IMAGE,
  ]);
}

/** Returns a JPEG whose header has another size than its pixels. */
async function jpegThatSays(width: number, height: number): Promise<Buffer> {
  const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background: "gray" } })
    .jpeg()
    .toBuffer();
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  bigEndian([2, height], [2, width]).copy(jpeg, frame + 5);
  return jpeg;
}

/** Returns a JPEG with `count` empty comments of 64 KB. */
async function jpegOfComments(count: number): Promise<Buffer> {
  const jpeg = await jpegThatSays(64, 64);
  const segment = Buffer.concat([bigEndian([2, 0xfffe], [2, 65_535]), Buffer.alloc(65_533, " ")]);
  const segments = Array.from({ length: count }, () => segment);
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

export const JPEG_BOMBS: readonly Bomb[] = [
  { name: "JPEG of 40 megapixels in 1,000 scans", met: "limit", make: () => jpegOfScans(6_400, 1_000) },
  { name: "JPEG of 40 megapixels in 20,000 scans", met: "limit", make: () => jpegOfScans(6_400, 20_000) },
  { name: "JPEG that says 65,500 × 65,500 pixels", met: "header", make: () => jpegThatSays(65_500, 65_500) },
  {
    name: "JPEG that says 7,000 × 7,000 pixels of 64 × 64",
    met: "harmless",
    make: () => jpegThatSays(7_000, 7_000),
  },
  { name: "JPEG with 60 MB of comments", met: "harmless", make: () => jpegOfComments(900) },
];
