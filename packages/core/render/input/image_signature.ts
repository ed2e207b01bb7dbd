import { closeSync, openSync, readSync } from "node:fs";

/** The number of bytes at the beginning of a file that identify its format. */
const SIGNATURE_BYTES = 32;

/** The beginnings of files, one character per byte, by the name of their format. The first that fits counts. */
const SIGNATURES: readonly (readonly [title: string, beginning: RegExp])[] = [
  ["JPEG", /^\xff\xd8\xff/],
  ["PNG", /^\x89PNG\r\n\x1a\n/],
  ["GIF", /^GIF8[79]a/],
  ["WebP", /^RIFF.{4}WEBP/s],
  ["AVIF", /^.{4}ftyp(?:avi[fs]|m[is]f1.{4,12}avi[fs])/s],
  ["HEIC", /^.{4}ftyp(?:hei[cmsx]|hev[cmsx])/s],
  ["HEIF", /^.{4}ftypm[is]f1/s],
  ["TIFF", /^(?:II[*+]\0|MM\0[*+])/],
  ["JPEG XR", /^II\xbc/],
  ["JPEG XL", /^(?:\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n)/],
  ["JPEG 2000", /^(?:\xff\x4f\xff\x51|\0\0\0\x0cjP {2}\r\n\x87\n)/],
  ["BMP", /^BM.{4}\0{4}.{3}\0[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}/s],
  ["ICO", /^\0\0[\x01\x02]\0[^\0]\0/],
  ["PSD", /^8BPS\0[\x01\x02]/],
  ["PDF", /^%PDF-/],
  ["QOI", /^qoif/],
  ["OpenEXR", /^v\/1\x01/],
  ["Radiance HDR", /^#\?R(?:ADIANCE|GBE)/],
  ["MP4", /^.{4}ftyp/s],
];

/** Returns the name of the format that the first bytes of a file declare, or `null` if it is none of the known ones. */
export function formatTitleOf(path: string): string | null {
  const beginning = readBeginning(path, SIGNATURE_BYTES).toString("latin1");
  return SIGNATURES.find(([, regexp]) => regexp.test(beginning))?.[0] ?? null;
}

/** Whether a file declares itself an AVIF image sequence, of which no frame can be read. */
export function isAnimatedAvif(path: string): boolean {
  return readBeginning(path, SIGNATURE_BYTES).toString("latin1", 4, 12) === "ftypavis";
}

/** Reads up to a number of bytes at the beginning of a file. Blocks, so it must not run in a process that serves HTTP. */
export function readBeginning(path: string, most: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(most);
    return bytes.subarray(0, readSync(file, bytes, 0, most, 0));
  } finally {
    closeSync(file);
  }
}
