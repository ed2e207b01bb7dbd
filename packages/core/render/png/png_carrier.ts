import { deflateSync } from "node:zlib";
import type { CarriedMetadata } from "../metadata/carried_metadata.ts";
import type { Pixels } from "../picture.ts";
import { type PngChunk, pngFile } from "./png_file.ts";

/**
 * Returns a barely compressed PNG of a still with its profile and metadata. It is the only way to give sharp all of these: sharp attaches
 * neither a profile nor unchanged EXIF to raw pixels.
 */
export function pngCarrier(
  { data, size, channels, is16Bit = false }: Pixels,
  carriedMetadata: CarriedMetadata,
): Buffer {
  const rows = unfilteredRows(is16Bit ? bigEndian(data) : data, size.height);
  return pngFile({ size, depth: is16Bit ? 16 : 8, color: channels === 4 ? "rgba" : "rgb" }, [
    ...metadataChunks(carriedMetadata),
    ["IDAT", deflateSync(rows, { level: 0 })],
  ]);
}

/** Returns the chunks of a profile and of metadata, which stand before the palette and the pixels. */
export function metadataChunks({ profile, exif, xmp }: CarriedMetadata): readonly PngChunk[] {
  return [
    ...(profile ? [chunk("iCCP", "profile\0\0", deflateSync(profile))] : []),
    ...(exif ? [chunk("eXIf", "", exif)] : []),
    ...(xmp ? [chunk("iTXt", "XML:com.adobe.xmp\0\0\0\0\0", xmp)] : []),
  ];
}

/** Each row begins with the number of its filter: 0 for none. */
function unfilteredRows(data: Buffer, height: number): Buffer {
  const bytes = data.length / height;
  const rows = Buffer.alloc(data.length + height);
  for (let y = 0; y < height; y++) data.copy(rows, y * (bytes + 1) + 1, y * bytes, (y + 1) * bytes);
  return rows;
}

function bigEndian(data: Buffer): Buffer {
  return Buffer.from(data).swap16();
}

function chunk(name: string, prefix: string, body: Buffer): PngChunk {
  return [name, Buffer.concat([Buffer.from(prefix, "latin1"), body])];
}
