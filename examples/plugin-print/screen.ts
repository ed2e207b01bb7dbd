import type { Size, StepImage } from "@progimage/core/plugin";

/** A tile of thresholds, repeated over the whole image: a tone puts ink where it asks for more than the threshold. */
export interface Screen extends Size {
  /** Row by row. Spread evenly from 0 to 1, so that a tone of a third puts ink on a third of the tile. */
  readonly thresholds: Float32Array;
}

/** What dots look like. */
export const SHAPES = ["round", "diamond", "line"] as const;

type Shape = (typeof SHAPES)[number];

/** Where ink comes first: the lower, the earlier. Coordinates are distances from the middle of a dot, -0.5 to 0.5. */
const SPOTS: Readonly<Record<Shape, (x: number, y: number) => number>> = {
  // Dots that grow until they meet and leave round holes: the Euclidean dot of PostScript.
  round: (x, y) => -Math.cos(2 * Math.PI * x) - Math.cos(2 * Math.PI * y),
  diamond: (x, y) => Math.abs(x) + Math.abs(y),
  line: (_x, y) => Math.abs(y),
};

/** Pixels of a dot's tile a side: more than its largest picture needs. */
const TILE = 64;

/** Sides of an image beyond which a tile gets no finer. */
const LARGEST = 256;

/** Makes the screen of a shape: one dot. */
export function dotScreen(shape: Shape): Screen {
  const spot = SPOTS[shape];
  const order = Float64Array.from({ length: TILE * TILE }, (_, index) => {
    const [column, row] = [index % TILE, Math.floor(index / TILE)];
    return spot((column + 0.5) / TILE - 0.5, (row + 0.5) / TILE - 0.5);
  });
  return { width: TILE, height: TILE, thresholds: evenly(order) };
}

/** Makes a screen of a picture: ink comes first where it is dark. */
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

/** Gives for each value the share of values that are lower. Equal ones share the middle of their range. */
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
