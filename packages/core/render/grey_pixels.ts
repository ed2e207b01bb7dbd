import type { Pixels } from "./picture.ts";

/** Pixels without colour: one channel, or two with alpha. */
export interface GreyPixels {
  readonly data: Buffer;
  readonly channels: 1 | 2;
}

/** Returns the pixels of a still of 8 bits a channel with a single channel for red, green and blue; `null` if any of them differ. */
export function greyPixels({ data, size, channels }: Pixels): GreyPixels | null {
  const isGrey = (at: number) => data[at] === data[at + 1] && data[at] === data[at + 2];
  for (let at = 0; at < data.length; at += channels) if (!isGrey(at)) return null;
  const kept = channels === 4 ? 2 : 1;
  const grey = Buffer.alloc(size.width * size.height * kept);
  for (let from = 0, to = 0; from < data.length; from += channels, to += kept) {
    grey[to] = data[from] as number;
    if (kept === 2) grey[to + 1] = data[from + 3] as number;
  }
  return { data: grey, channels: kept };
}
