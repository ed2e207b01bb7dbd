import { opacityOf } from "@progimage/core/plugin";

/** Red, green, blue and alpha from 0 to 255. */
export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** Returns a pixel that mixes ink and paper; `share` is that of the ink, from 0 to 1. Both are canonical colours and may be transparent. */
export function mixInk(ink: string, paper: string, share: number): Rgba {
  const inkWeight = share * opacityOf(ink);
  const paperWeight = (1 - share) * opacityOf(paper);
  const weight = inkWeight + paperWeight;
  const mix = (start: number) => {
    const level = levelAt(ink, start) * inkWeight + levelAt(paper, start) * paperWeight;
    return weight === 0 ? 0 : Math.round(level / weight);
  };
  return [mix(0), mix(2), mix(4), Math.round(weight * 255)];
}

function levelAt(color: string, start: number): number {
  return Number.parseInt(color.slice(start, start + 2), 16);
}
