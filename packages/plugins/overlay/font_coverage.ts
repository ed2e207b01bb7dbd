/** A range of code points, both inclusive. */
export type CodeRange = readonly [first: number, last: number];

const COLLECTION = 0x74746366;
const TABLE_BYTES = 16;
const RECORD_BYTES = 8;
/** The most bytes of a character map. Those of CJK fonts have some hundred kilobytes. */
const MOST_MAP_BYTES = 4_000_000;

/**
 * Returns the code points for which a font file has glyphs, by its Unicode character maps. Of a collection, the first font counts. An
 * unreadable file has none.
 *
 * @see https://learn.microsoft.com/typography/opentype/spec/cmap
 */
export async function fontCoverage(path: string): Promise<readonly CodeRange[]> {
  try {
    const map = await characterMap(Bun.file(path));
    const count = map.readUInt16BE(2);
    const offsets = Array.from({ length: count }, (_, index) => map.readUInt32BE(8 + index * RECORD_BYTES));
    return [...new Set(offsets)].flatMap((offset) => rangesOf(map.subarray(offset)));
  } catch {
    return [];
  }
}

async function characterMap(file: Blob): Promise<Buffer> {
  const start = await read(file, 0, 16);
  const at = start.readUInt32BE(0) === COLLECTION ? start.readUInt32BE(12) : 0;
  const count = (await read(file, at, 12)).readUInt16BE(4);
  const tables = await read(file, at + 12, count * TABLE_BYTES);
  for (let entry = 0; entry < tables.length; entry += TABLE_BYTES) {
    if (tables.toString("latin1", entry, entry + 4) !== "cmap") continue;
    const bytes = Math.min(tables.readUInt32BE(entry + 12), MOST_MAP_BYTES);
    return await read(file, tables.readUInt32BE(entry + 8), bytes);
  }
  throw new Error("Cannot find the character map of a font");
}

async function read(file: Blob, position: number, length: number): Promise<Buffer> {
  return Buffer.from(await file.slice(position, position + length).arrayBuffer());
}

/** Formats 4 and 12 hold Unicode in all fonts of today. */
function rangesOf(table: Buffer): readonly CodeRange[] {
  const format = table.readUInt16BE(0);
  if (format === 12) {
    return Array.from({ length: table.readUInt32BE(12) }, (_, group) => {
      const at = 16 + group * 12;
      return [table.readUInt32BE(at), table.readUInt32BE(at + 4)] as const;
    });
  }
  if (format !== 4) return [];
  const twice = table.readUInt16BE(6);
  return Array.from({ length: twice / 2 }, (_, segment) => {
    const last = table.readUInt16BE(14 + segment * 2);
    return [table.readUInt16BE(16 + twice + segment * 2), last] as const;
  }).filter(([first]) => first !== 0xffff);
}
