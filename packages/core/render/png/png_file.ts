import { crc32 } from "node:zlib";
import type { Size } from "../../transform/planning/size.ts";

/** The kinds of pixels of a PNG. */
export const PNG_COLORS = { rgb: 2, palette: 3, rgba: 6 } as const;

/** The facts in the header of a PNG. */
export interface PngHeader {
  readonly size: Size;
  /** Bits of a channel, or of an index into the palette. */
  readonly depth: number;
  readonly color: keyof typeof PNG_COLORS;
}

/** A part of a PNG. */
export type PngChunk = readonly [name: string, body: Uint8Array];

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Returns a PNG with the given chunks between its header and its end.
 *
 * @see https://www.w3.org/TR/png-3/
 */
export function pngFile({ size, depth, color }: PngHeader, chunks: readonly PngChunk[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size.width, 0);
  header.writeUInt32BE(size.height, 4);
  header[8] = depth;
  header[9] = PNG_COLORS[color];
  const all: readonly PngChunk[] = [["IHDR", header], ...chunks, ["IEND", Buffer.alloc(0)]];
  return Buffer.concat([SIGNATURE, ...all.map(written)]);
}

function written([name, body]: PngChunk): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const checked = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(checked));
  return Buffer.concat([length, checked, sum]);
}
