import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { sharp } from "../sharp_setup.ts";

const END_OF_IMAGE = Buffer.of(0xff, 0xd9);
const START_OF_SCAN = 0xda;
/** The frames whose scans have each pixel in full: of baseline and of extended sequential JPEGs. */
const SEQUENTIAL_FRAMES: readonly number[] = [0xc0, 0xc1];

/** Whether the last bytes of a JPEG are its end. Bytes behind the end are common, so others may be complete, too. */
export function endsProperly(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const end = Buffer.alloc(END_OF_IMAGE.length);
    readSync(file, end, 0, end.length, Math.max(fstatSync(file).size - end.length, 0));
    return end.equals(END_OF_IMAGE);
  } finally {
    closeSync(file);
  }
}

/**
 * Whether a JPEG that ends too early has all its pixels, because only the mark of its end is missing. Of a progressive JPEG it is unknown
 * how many scans it had, so it has not.
 */
export async function hasAllPixels(path: string, inputPixels: number): Promise<boolean> {
  const jpeg = readFileSync(path);
  if (!hasOneScan(jpeg)) return false;
  const complete = Buffer.concat([jpeg, END_OF_IMAGE]);
  try {
    // Missing data is no more than a warning of the decoder, and none if it shrinks.
    const options = { failOn: "warning", limitInputPixels: inputPixels } as const;
    const { width, height } = await sharp(complete, options).metadata();
    const lastRow = { left: 0, top: height - 1, width, height: 1 };
    await sharp(complete, options).extract(lastRow).raw().toBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Whether all channels are in a single scan. @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf § B.2 */
function hasOneScan(jpeg: Buffer): boolean {
  let channels: number | null = null;
  for (let at = 2; at + 10 < jpeg.length && jpeg[at] === 0xff;) {
    const marker = jpeg.readUInt8(at + 1);
    if (SEQUENTIAL_FRAMES.includes(marker)) channels = jpeg.readUInt8(at + 9);
    if (marker === START_OF_SCAN) return channels === jpeg.readUInt8(at + 4);
    at += 2 + jpeg.readUInt16BE(at + 2);
  }
  return false;
}
