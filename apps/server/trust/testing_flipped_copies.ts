import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { animationFixture, randomNumbers, stillFixtures } from "@progimage/core/testing";
import sharp from "sharp";
import { filesBelow } from "../end_to_end/testing_server.ts";

/** A file to be copied. */
export interface Specimen {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A copy of a specimen with some flipped bits. */
export interface FlippedCopy {
  readonly specimen: string;
  /** The number of the copy, from 0: the same seed and number give the same copy. */
  readonly number: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const MOST_FLIPS = 8;

/** Bits of the header matter most: it gets as many flips as the rest. */
const HEADER_BYTES = 256;

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="20" height="9" fill="red"/><text y="20">a</text></svg>`;

/** Returns pictures of every format, and the files of the corpus if there is one. */
export async function specimens(corpus: string | undefined): Promise<readonly Specimen[]> {
  const stills = await stillFixtures();
  const animations = await Promise.all((["gif", "webp"] as const).map(animationFixture));
  const [first] = stills;
  const made = await Promise.all(
    (["jpeg", "webp", "avif", "gif", "tiff"] as const).map(async (format) => ({
      name: `fixture.${format}`,
      bytes: await sharp(first?.bytes).toFormat(format).toBuffer(),
    })),
  );
  const files = corpus === undefined ? [] : await filesOf(resolve(corpus));
  return [...stills, ...made, ...animations, { name: "fixture.svg", bytes: Buffer.from(SVG) }, ...files];
}

async function filesOf(folder: string): Promise<readonly Specimen[]> {
  if (!existsSync(folder)) throw new Error(`Cannot find PROGIMAGE_CORPUS ${folder}`);
  const names = (await filesBelow(folder)).filter((name) => !name.endsWith(".tsv")).toSorted();
  return await Promise.all(
    names.map(async (name) => ({ name, bytes: await Bun.file(join(folder, name)).bytes() })),
  );
}

/** Yields copies of randomly chosen specimens, the same ones for the same seed. */
export function* flippedCopies(
  all: readonly Specimen[],
  { count, seed }: { readonly count: number; readonly seed: number },
): Generator<FlippedCopy, void> {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let number = 0; number < count; number++) {
    // One after the other, so that a short run has some of each.
    const specimen = all[number % all.length];
    if (!specimen) return;
    const bytes = new Uint8Array(specimen.bytes);
    for (let flips = 1 + below(MOST_FLIPS); flips > 0; flips--) {
      const at = below(random() < 0.5 ? Math.min(HEADER_BYTES, bytes.length) : bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    }
    yield { specimen: specimen.name, number, bytes };
  }
}
