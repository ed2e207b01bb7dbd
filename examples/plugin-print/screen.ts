import type { Size, StepImage } from "@progimage/core/plugin";

/** A tile of thresholds, repeated over the whole image: a pixel gets ink if its tone exceeds the threshold. */
export interface Screen extends Size {
  /** The thresholds, row by row. They are spread evenly from 0 to 1, so that a tone of a third puts ink on a third of the tile. */
  readonly thresholds: Float32Array;
}

/** The shapes of dots. */
export const SHAPES = ["round", "diamond", "line"] as const;

type Shape = (typeof SHAPES)[number];

/** The order in which ink fills a dot: lower values come first. Coordinates are distances from the middle of the dot, from -0.5 to 0.5. */
const SPOTS: Readonly<Record<Shape, (x: number, y: number) => number>> = {
  // Dots that grow until they meet and leave round holes: the Euclidean dot of PostScript.
  round: (x, y) => -Math.cos(2 * Math.PI * x) - Math.cos(2 * Math.PI * y),
  diamond: (x, y) => Math.abs(x) + Math.abs(y),
  line: (_x, y) => Math.abs(y),
};

/** The side of a dot's tile in pixels: finer than the largest pitch needs. */
const TILE = 64;

/** The longest side of a tile that is made from an image, in pixels. */
const LARGEST = 256;

/** Returns the screen of a shape: one dot. */
export function dotScreen(shape: Shape): Screen {
  const spot = SPOTS[shape];
  const order = Float64Array.from({ length: TILE * TILE }, (_, index) => {
    const [column, row] = [index % TILE, Math.floor(index / TILE)];
    return spot((column + 0.5) / TILE - 0.5, (row + 0.5) / TILE - 0.5);
  });
  return { width: TILE, height: TILE, thresholds: evenly(order) };
}

/** Returns the screen of a picture: ink fills its dark parts first. */
export async function pictureScreen(picture: StepImage): Promise<Screen> {
  const { data, info } = await picture
    .open()
    .resize(LARGEST, LARGEST, { fit: "inside", withoutEnlargement: true })
    .flatten({ background: "#ffffff" })
    .toColourspace("b-w")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const order = Float64Array.from({ length: width * height }, (_, index) => data[index * channels] ?? 0);
  return { width, height, thresholds: evenly(order) };
}

/** Returns the fraction of lower values for each value. Equal values share the middle of their range. */
function evenly(values: Float64Array): Float32Array {
  const sorted = values.toSorted();
  const shares = new Map<number, number>();
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    const value = sorted[start] ?? 0;
    while (sorted[end] === value) end++;
    shares.set(value, (start + end) / 2 / sorted.length);
  }
  return Float32Array.from(values, (value) => shares.get(value) ?? 0);
}
