import { crc32, deflateSync } from "node:zlib";
import type { CarriedMetadata } from "./carried_metadata.ts";
import type { Pixels } from "../picture.ts";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const RGB = 2;
const RGBA = 6;

/**
 * Returns a barely compressed PNG of a still with its profile and metadata. It is the only way to give sharp all of these: sharp attaches
 * neither a profile nor unchanged EXIF to raw pixels.
 *
 * @see https://www.w3.org/TR/png-3/
 */
export function pngCarrier(
  { data, size: { width, height }, channels, is16Bit = false }: Pixels,
  { profile, exif, xmp }: CarriedMetadata,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = is16Bit ? 16 : 8;
  header[9] = channels === 4 ? RGBA : RGB;
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    ...(profile ? [chunk("iCCP", Buffer.concat([text("profile\0\0"), deflateSync(profile)]))] : []),
    ...(exif ? [chunk("eXIf", exif)] : []),
    ...(xmp ? [chunk("iTXt", Buffer.concat([text("XML:com.adobe.xmp\0\0\0\0\0"), xmp]))] : []),
    chunk("IDAT", deflateSync(unfilteredRows(is16Bit ? bigEndian(data) : data, height), { level: 0 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
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

function chunk(name: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const checked = Buffer.concat([text(name), body]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(checked));
  return Buffer.concat([length, checked, sum]);
}

function text(characters: string): Buffer {
  return Buffer.from(characters, "latin1");
}
