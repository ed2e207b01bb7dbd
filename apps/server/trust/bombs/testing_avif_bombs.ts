import sharp from "sharp";
import { bigEndian, type Bomb } from "./testing_bomb.ts";

const GRID_ID = 1;

/** Returns an AVIF with a grid of tiles that all share the same few bytes. @see ISO/IEC 23008-12, 6.6.2.3 */
export async function avifGridOf(columns: number, rows: number, side: number): Promise<Buffer> {
  const { properties, pixels } = await tile(side);
  const [width, height] = [columns * side, rows * side];
  const grid = bigEndian([1, 0], [1, 1], [1, rows - 1], [1, columns - 1], [4, width], [4, height]);
  const tiles = Array.from({ length: columns * rows }, (_, index) => GRID_ID + 1 + index);
  const items = [item(GRID_ID, "grid"), ...tiles.map((id) => item(id, "av01"))];
  const meta = (start: number) => {
    const extents = [
      extent(GRID_ID, start, grid.length),
      ...tiles.map((id) => extent(id, start + grid.length, pixels.length)),
    ];
    return fullBox("meta", [
      fullBox("hdlr", [bigEndian([4, 0]), Buffer.from("pict"), Buffer.alloc(13)]),
      fullBox("pitm", [bigEndian([2, GRID_ID])]),
      fullBox("iloc", [bigEndian([1, 0x44], [1, 0], [2, extents.length]), ...extents]),
      fullBox("iinf", [bigEndian([2, items.length]), ...items]),
      fullBox("iref", [box("dimg", [bigEndian([2, GRID_ID], [2, tiles.length]), ids(tiles)])]),
      box("iprp", [
        box("ipco", [size(width, height), size(side, side), ...properties]),
        associations(tiles, properties.length),
      ]),
    ]);
  };
  const type = box("ftyp", [Buffer.from("avif"), bigEndian([4, 0]), Buffer.from("avifmif1miaf")]);
  const start = type.length + meta(0).length + 8;
  return Buffer.concat([type, meta(start), box("mdat", [grid, pixels])]);
}

/** Returns the properties and the bytes of a small AVIF. */
async function tile(
  side: number,
): Promise<{ readonly properties: readonly Buffer[]; readonly pixels: Buffer }> {
  const avif = await sharp({
    create: { width: side, height: side, channels: 3, background: "red" },
  })
    .avif({ effort: 0 })
    .toBuffer();
  const properties = ["av1C", "pixi"].map((type) => boxIn(avif, type));
  return { properties, pixels: boxIn(avif, "mdat").subarray(8) };
}

function boxIn(bytes: Buffer, type: string): Buffer {
  const start = bytes.indexOf(type) - 4;
  return bytes.subarray(start, start + bytes.readUInt32BE(start));
}

function box(type: string, content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  return Buffer.concat([bigEndian([4, bytes.length + 8]), Buffer.from(type), bytes]);
}

function fullBox(type: string, content: readonly Buffer[], version = 0): Buffer {
  return box(type, [bigEndian([1, version], [3, 0]), ...content]);
}

function item(id: number, type: string): Buffer {
  return fullBox("infe", [bigEndian([2, id], [2, 0]), Buffer.from(`${type}\0`)], 2);
}

function extent(id: number, start: number, bytes: number): Buffer {
  return bigEndian([2, id], [2, 0], [2, 1], [4, start], [4, bytes]);
}

function size(width: number, height: number): Buffer {
  return fullBox("ispe", [bigEndian([4, width], [4, height])]);
}

function ids(values: readonly number[]): Buffer {
  return Buffer.concat(values.map((id) => bigEndian([2, id])));
}

/** The first property is the size of the grid, the second the size of a tile; the others describe a tile. */
function associations(tiles: readonly number[], properties: number): Buffer {
  const ofTile = [2, ...Array.from({ length: properties }, (_, index) => index + 3)];
  const entry = (id: number, indices: readonly number[]) =>
    Buffer.concat([bigEndian([2, id], [1, indices.length]), Buffer.from(indices)]);
  const entries = [entry(GRID_ID, [1]), ...tiles.map((id) => entry(id, ofTile))];
  return fullBox("ipma", [bigEndian([4, entries.length]), ...entries]);
}

export const AVIF_BOMBS: readonly Bomb[] = [
  { name: "AVIF of 65,025 tiles", met: "header", make: () => avifGridOf(255, 255, 64) },
  { name: "AVIF of 225 tiles, 225 megapixels", met: "header", make: () => avifGridOf(15, 15, 1_000) },
];
