import type { Pixels } from "./change_pixels.ts";

/**
 * Gives pixels with alpha 0 the colours of visible ones, from places at equal distances. Their colours then have the same shares as among the
 * visible pixels, so a histogram shows only those.
 */
export function coverHidden({ data, channels }: Pixels): void {
  if (channels < 4) return;
  const isHidden = (at: number) => data[at + 3] === 0;
  let hidden = 0;
  for (let at = 0; at < data.length; at += channels) if (isHidden(at)) hidden++;
  const seen = data.length / channels - hidden;
  if (seen === 0 || hidden === 0) return;
  let from = -channels;
  let passed = -1;
  for (let at = 0, index = 0; at < data.length; at += channels) {
    if (!isHidden(at)) continue;
    const wanted = Math.floor((index++ * seen) / hidden);
    while (passed < wanted) if (!isHidden((from += channels))) passed++;
    data.copy(data, at, from, from + 3);
  }
}
