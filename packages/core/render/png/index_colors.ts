import type { Pixels } from "../picture.ts";

/** A picture of few colours. */
export interface IndexedColors {
  /** The colours as `r | g << 8 | b << 16 | a << 24`, in the order in which they appear. */
  readonly colors: readonly number[];
  /** The index of each pixel's colour. */
  readonly indices: Uint8Array;
}

/** The most colours of a palette. */
const MOST_COLORS = 256;
const OPAQUE = 0xff000000;

/** Returns the colours of a still of 8 bits a channel; `null` if it has more than 256, which most photographs show in their first rows. */
export function indexColors({ data, size, channels }: Pixels): IndexedColors | null {
  const indices = new Uint8Array(size.width * size.height);
  const known = new Map<number, number>();
  let last = -1;
  let index = 0;
  for (let pixel = 0, at = 0; pixel < indices.length; pixel++, at += channels) {
    const color = colorAt(data, at, channels);
    if (color !== last) {
      const found = known.get(color);
      if (found === undefined && known.size === MOST_COLORS) return null;
      index = found ?? known.size;
      if (found === undefined) known.set(color, index);
      last = color;
    }
    indices[pixel] = index;
  }
  return { colors: [...known.keys()], indices };
}

function colorAt(data: Buffer, at: number, channels: number): number {
  const color = (data[at] as number) | ((data[at + 1] as number) << 8) | ((data[at + 2] as number) << 16);
  return (color | (channels === 4 ? (data[at + 3] as number) << 24 : OPAQUE)) >>> 0;
}
