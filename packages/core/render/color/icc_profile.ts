import type { ColorDescription, Transfer } from "./color_description.ts";
import { adaptation, product, type Row, toXyz, xyzOf } from "./primaries_matrix.ts";
import { dimming, lightOf, PEAK, WHITE } from "./tone_curves.ts";

/** The white of the connection space. @see https://www.color.org/specification/ICC.1-2022-05.pdf § 7.2.16 */
const D50: Row = [0.9642, 1, 0.8249];

/** The samples of a curve that has no formula. */
const CURVE_SAMPLES = 4_096;

const HEADER_BYTES = 128;
const ENTRY_BYTES = 12;

/**
 * Returns an ICC profile that declares the same colours, for results whose colours are kept. It has the code points, too, by which programs
 * recognise PQ and HLG; others show the tone-mapped curve of each channel.
 *
 * @see https://www.color.org/specification/ICC.1-2022-05.pdf
 */
export function iccProfileOf({ primaries, transfer, codes }: ColorDescription): Buffer {
  const chad = adaptation(xyzOf(primaries.white), D50);
  const [x, y, z] = product(chad, toXyz(primaries));
  const curve = curveOf(transfer);
  const tags: readonly (readonly [name: string, body: Buffer])[] = [
    ["desc", unicode("RGB")],
    ["cprt", unicode("CC0")],
    ["wtpt", xyz(D50)],
    ["chad", typed("sf32", fixed(chad.flat()))],
    ["rXYZ", xyz([x[0], y[0], z[0]])],
    ["gXYZ", xyz([x[1], y[1], z[1]])],
    ["bXYZ", xyz([x[2], y[2], z[2]])],
    ["rTRC", curve],
    ["gTRC", curve],
    ["bTRC", curve],
    // Pixels of RGB have the matrix 0.
    ...(codes ? [["cicp", typed("cicp", Buffer.of(codes[0], codes[1], 0, codes[3]))] as const] : []),
  ];
  return assembled(tags);
}

function curveOf(transfer: Transfer): Buffer {
  // Function types 0 and 3 of § 10.18: a power, and the curve of sRGB.
  if (transfer === "srgb")
    return typed("para", Buffer.of(0, 3, 0, 0), fixed([2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]));
  if (typeof transfer === "object") return typed("para", Buffer.of(0, 0, 0, 0), fixed([transfer.gamma]));
  const samples = Buffer.alloc(CURVE_SAMPLES * 2);
  for (let index = 0; index < CURVE_SAMPLES; index++) {
    const scene = lightOf(transfer, index / (CURVE_SAMPLES - 1));
    const light = transfer === "hlg" ? (PEAK / WHITE) * scene ** 1.2 : scene;
    samples.writeUInt16BE(Math.round(Math.min(light * dimming(light), 1) * 65_535), index * 2);
  }
  return typed("curv", longs(CURVE_SAMPLES), samples);
}

function assembled(tags: readonly (readonly [name: string, body: Buffer])[]): Buffer {
  const table = Buffer.alloc(4 + tags.length * ENTRY_BYTES);
  table.writeUInt32BE(tags.length, 0);
  const places = new Map<Buffer, number>();
  let end = HEADER_BYTES + table.length;
  for (const [index, [name, body]] of tags.entries()) {
    const at = places.get(body) ?? end;
    if (at === end) end += body.length;
    places.set(body, at);
    const entry = 4 + index * ENTRY_BYTES;
    table.write(name, entry, "latin1");
    table.writeUInt32BE(at, entry + 4);
    table.writeUInt32BE(body.length, entry + 8);
  }
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(end, 0);
  header.writeUInt32BE(0x04_40_00_00, 8);
  header.write("mntrRGB XYZ ", 12, "latin1");
  // A fixed time, so that equal colours have equal bytes: 1 January 2000.
  [2000, 1, 1, 0, 0, 0].forEach((part, index) => header.writeUInt16BE(part, 24 + index * 2));
  header.write("acsp", 36, "latin1");
  fixed(D50).copy(header, 68);
  return Buffer.concat([header, table, ...places.keys()]);
}

/** Returns the body of a tag, whose length is a multiple of four bytes. */
function typed(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from(`${type}\0\0\0\0`, "latin1"), ...parts]);
  return Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
}

function xyz(color: Row): Buffer {
  return typed("XYZ ", fixed(color));
}

function unicode(text: string): Buffer {
  const characters = Buffer.from(text, "utf16le").swap16();
  return typed("mluc", longs(1, 12), Buffer.from("enUS"), longs(characters.length, 28), characters);
}

function longs(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}

/** Numbers with 16 bits before and after the point. Those that do not fit become the nearest that do. */
function fixed(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    const rounded = Math.round(value * 65_536);
    bytes.writeInt32BE(Math.min(Math.max(rounded, -0x80_00_00_00), 0x7f_ff_ff_ff), index * 4);
  });
  return bytes;
}
