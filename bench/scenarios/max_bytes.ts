import { join } from "node:path";
import { createRegistry, DEFAULT_LIMITS } from "@progimage/core";
import { renderRecipe } from "@progimage/core/testing";
import sharp from "sharp";
import { makePhotos } from "../pictures.ts";
import type { Scenario } from "../scenario.ts";
import { median, rounded } from "../statistics.ts";

const FORMATS = ["jpeg", "webp", "avif"] as const;
const SIDES = [480, 1000];
/** Budgets, as fractions of the bytes at the ceiling of the quality. */
const PARTS = [0.1, 0.2, 0.35, 0.5, 0.7, 0.9];
const CEILING = 85;

type Format = (typeof FORMATS)[number];

interface Fit {
  /** The bytes of the result, as a fraction of the budget. */
  readonly part: number;
  /** The time of the render, in multiples of a render that encodes once. */
  readonly cost: number;
}

/** How close `maxBytes` comes to the budget, and how long that takes. */
export const maxBytes: Scenario = {
  name: "max-bytes",
  summary: `bytes of the result against the budget, for ${PARTS.length} budgets below what quality ${CEILING} takes`,
  async run({ folder, quick, report }) {
    const pictures = await makePictures(folder, quick ? 1 : 4);
    const results = [];
    for (const format of FORMATS) {
      const fits: Fit[] = [];
      for (const picture of pictures) fits.push(...(await fitAll(picture, format)));
      const parts = fits.map(({ part }) => part);
      const near = parts.filter((part) => part >= 0.9 && part <= 1).length / parts.length;
      const cost = median(fits.map((fit) => fit.cost));
      report(
        `${format}: ${rounded(median(parts))} of the budget, in the time of ${rounded(cost)} plain renders`,
      );
      results.push({
        name: `results within 10 % under their budget, ${format}`,
        measured: rounded(near * 100),
        unit: "%",
        target: "≥ 90",
        reached: near >= 0.9,
        detail: { median: median(parts), least: Math.min(...parts), most: Math.max(...parts), cost },
      });
    }
    return results;
  },
};

async function makePictures(folder: string, count: number): Promise<readonly string[]> {
  const photos = await makePhotos(folder, { width: 1920, height: 1280, count });
  const paths: string[] = [];
  for (const [index, photo] of photos.entries()) {
    for (const side of SIDES) {
      const path = join(folder, `${index}-${side}.png`);
      await sharp(photo).resize(side).png({ compressionLevel: 1 }).toFile(path);
      paths.push(path);
    }
  }
  return paths;
}

/** Tries every budget that the lowest quality meets. */
async function fitAll(picture: string, format: Format): Promise<readonly Fit[]> {
  const [plain, least] = [await render(picture, format, CEILING), await render(picture, format, 1)];
  const fits: Fit[] = [];
  for (const part of PARTS.filter((value) => value * plain.bytes > least.bytes)) {
    const budget = Math.round(part * plain.bytes);
    const { bytes, seconds } = await render(picture, format, CEILING, budget);
    fits.push({ part: bytes / budget, cost: seconds / plain.seconds });
  }
  return fits;
}

async function render(
  picture: string,
  format: Format,
  quality: number,
  budget?: number,
): Promise<{ readonly bytes: number; readonly seconds: number }> {
  const settings = { quality, maxBytes: budget };
  const job = {
    input: picture,
    inputFormat: "png",
    output: `${picture}.out`,
    format,
    steps: [],
    settings,
  } as const;
  const startedAt = performance.now();
  const { bytes } = await renderRecipe(job, createRegistry([]), DEFAULT_LIMITS);
  return { bytes, seconds: (performance.now() - startedAt) / 1000 };
}
