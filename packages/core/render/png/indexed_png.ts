import { deflateSync } from "node:zlib";
import type { CarriedMetadata } from "../metadata/carried_metadata.ts";
import type { Pixels } from "../picture.ts";
import type { IndexedColors } from "./index_colors.ts";
import { metadataChunks } from "./png_carrier.ts";
import { type PngChunk, pngFile } from "./png_file.ts";

/** Options for {@linkcode indexedPng}. */
export interface IndexedPngOptions {
  /** The effort of zlib, from 0 to 9. */
  readonly level: number;
  readonly carriedMetadata: CarriedMetadata | null;
}

/**
 * Returns a PNG with a palette of exactly the given colours, in as few bits a pixel as they need. Rows have no filter, which makes indices
 * larger. The palette of sharp's encoder is quantised, which may change colours.
 */
export function indexedPng(
  { size, channels }: Pick<Pixels, "channels" | "size">,
  { colors, indices }: IndexedColors,
  { level, carriedMetadata }: IndexedPngOptions,
): Buffer {
  const depth = depthOf(colors.length);
  const palette = Uint8Array.from(colors.flatMap((color) => [color, color >> 8, color >> 16]));
  const opacities = Uint8Array.from(colors, (color) => color >>> 24);
  const chunks: readonly PngChunk[] = [
    ...(carriedMetadata ? metadataChunks(carriedMetadata) : []),
    ["PLTE", palette],
    // Even if all colours are opaque: the result has alpha if its pixels have, as in other PNGs.
    ...(channels === 4 ? [["tRNS", opacities] as const] : []),
    ["IDAT", deflateSync(packedRows(indices, size.width, depth), { level })],
  ];
  return pngFile({ size, depth, color: "palette" }, chunks);
}

function depthOf(colors: number): 1 | 2 | 4 | 8 {
  return colors <= 2 ? 1 : colors <= 4 ? 2 : colors <= 16 ? 4 : 8;
}

/** Packs indices from the highest bit down. Each row begins with the number of its filter: 0 for none. */
function packedRows(indices: Uint8Array, width: number, depth: number): Uint8Array {
  const height = indices.length / width;
  const bytes = Math.ceil((width * depth) / 8) + 1;
  const rows = new Uint8Array(bytes * height);
  const perByte = 8 / depth;
  for (let y = 0; y < height; y++) {
    const row = indices.subarray(y * width, (y + 1) * width);
    if (depth === 8) rows.set(row, y * bytes + 1);
    else
      for (let x = 0; x < width; x++) {
        const at = y * bytes + 1 + Math.floor(x / perByte);
        rows[at] = (rows[at] as number) | ((row[x] as number) << (8 - depth * ((x % perByte) + 1)));
      }
  }
  return rows;
}
