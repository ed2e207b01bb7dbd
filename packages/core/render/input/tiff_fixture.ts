/** The fields of a small uncompressed TIFF. */
export interface TiffFixture {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Channels of a pixel. @default {1} */
  readonly samples?: number;
  /** 1 for grey, 2 for RGB, 5 for CMYK. @default {1} */
  readonly photometric?: number;
  /** 1 for unsigned, 2 for signed, 3 for floating-point numbers. @default {1} */
  readonly sampleFormat?: number;
  /** @default {1} */
  readonly compression?: number;
  /** The meanings of the channels beyond the colours: 0 for none, 2 for alpha. @default {[]} */
  readonly extraSamples?: readonly number[];
  /** @default {zeros} */
  readonly data?: Uint8Array;
}

const SHORT = 3;
const LONG = 4;
const BEGINNING = Buffer.from("49492a0008000000", "hex");

/** Returns a little-endian TIFF. @see https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf */
export function tiffFixture(fields: TiffFixture): Buffer {
  const { width, height, bits, samples = 1, photometric = 1, sampleFormat = 1, compression = 1 } = fields;
  const { extraSamples = [], data = Buffer.alloc(height * Math.ceil((width * samples * bits) / 8)) } = fields;
  const each = (value: number) => Array.from({ length: samples }, () => value);
  const entries: readonly (readonly [tag: number, type: number, values: readonly number[]])[] = [
    [256, SHORT, [width]],
    [257, SHORT, [height]],
    [258, SHORT, each(bits)],
    [259, SHORT, [compression]],
    [262, SHORT, [photometric]],
    [273, LONG, [0]],
    [277, SHORT, [samples]],
    [278, SHORT, [height]],
    [279, LONG, [data.length]],
    ...(extraSamples.length > 0 ? [[338, SHORT, extraSamples] as const] : []),
    [339, SHORT, each(sampleFormat)],
  ];
  const end = BEGINNING.length + 2 + entries.length * 12 + 4;
  const lists = entries.map(([, type, values]) =>
    values.length * sizeOf(type) > 4 ? packed(type, values) : EMPTY,
  );
  const start = end + Buffer.concat(lists).length;
  let listAt = end;
  const directory = entries.map(([tag, type, values], index) => {
    const list = lists[index] ?? EMPTY;
    const entry = Buffer.alloc(12);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(type, 2);
    entry.writeUInt32LE(values.length, 4);
    if (list.length > 0) entry.writeUInt32LE(listAt, 8);
    else packed(type, tag === 273 ? [start] : values).copy(entry, 8);
    listAt += list.length;
    return entry;
  });
  const count = packed(SHORT, [entries.length]);
  return Buffer.concat([BEGINNING, count, ...directory, packed(LONG, [0]), ...lists, data]);
}

const EMPTY = Buffer.alloc(0);

function sizeOf(type: number): 2 | 4 {
  return type === SHORT ? 2 : 4;
}

function packed(type: number, values: readonly number[]): Buffer {
  const size = sizeOf(type);
  const bytes = Buffer.alloc(values.length * size);
  values.forEach((value, index) => bytes.writeUIntLE(value, index * size, size));
  return bytes;
}
