import { join } from "node:path";
import { DEFAULT_LIMITS, loadPlugins, parseUrlRecipe, type TransformRegistry } from "@progimage/core";
import { renderRecipe, renderStepByStep } from "@progimage/core/testing";
import { BUILT_IN } from "@progimage/server/testing";
import sharp, { type Sharp } from "sharp";
import { makePhotos } from "../pictures.ts";
import type { Scenario, ScenarioResult } from "../scenario.ts";
import { median, rounded } from "../statistics.ts";

/** Renders of each side in a run. */
const RENDERS = 12;

interface Chain {
  readonly name: string;
  readonly recipe: string;
  /** The pipeline that a developer who knows sharp's own order would write. */
  readonly plain: (image: Sharp) => Sharp;
  readonly most: number;
}

const CHAINS: readonly Chain[] = [
  {
    name: "a shrink, a turn, a mirror and a blur",
    recipe: "resize=800x&flop&rotate=90&blur=1.5",
    plain: (image) => image.resize(800).flop().rotate(90).blur(1.5),
    most: 1.1,
  },
  {
    name: "a shrink and colour",
    recipe: "resize=800x&grayscale&blur=1.5&brightness=1.2",
    plain: (image) => image.resize(800).grayscale().blur(1.5).linear(1.2, 0.5),
    most: 1.1,
  },
  {
    name: "a turn and a mirror before the shrink",
    recipe: "rotate=90&flip&resize=800x",
    plain: (image) => image.resize(null, 800).rotate(90).flip(),
    most: 1.25,
  },
  {
    name: "five filters after a shrink",
    recipe: "resize=800x&median=3&blur=1.5&sepia&sharpen=2&brightness=1.2",
    plain: (image) =>
      image.resize(800).median(3).blur(1.5).recomb(SEPIA).sharpen({ sigma: 1, m2: 2 }).linear(1.2, 0.5),
    most: 1.5,
  },
];

const SEPIA: [[number, number, number], [number, number, number], [number, number, number]] = [
  [0.393, 0.769, 0.189],
  [0.349, 0.686, 0.168],
  [0.272, 0.534, 0.131],
];

/** The cost of running steps in the caller's order, against a pipeline of sharp written by hand. */
export const planner: Scenario = {
  name: "planner",
  summary: "chains of steps on 6-megapixel JPEGs, CPU time against one sharp pipeline written by hand",
  async run({ folder, quick, runs, report }) {
    const registry = await loadPlugins(BUILT_IN);
    const size = quick ? { width: 1200, height: 800 } : { width: 3000, height: 2000 };
    const [photo = ""] = await makePhotos(folder, { ...size, count: 1 });
    const renders = quick ? 1 : RENDERS;
    const output = join(folder, "planned.jpg");
    const results: ScenarioResult[] = [];
    for (const { name, recipe, plain, most } of CHAINS) {
      const planned = () => render(registry, { recipe, photo, output });
      const direct = async () => {
        const image = plain(sharp(photo, { failOn: "error", autoOrient: true }));
        await image.jpeg({ quality: 80 }).toFile(`${output}.plain.jpg`);
      };
      const { steps } = parseUrlRecipe(recipe, registry);
      const apart = async () => void (await renderStepByStep(photo, steps, registry));
      const ratios: number[] = [];
      const gains: number[] = [];
      for (let run = 0; run <= runs; run++) {
        const [one, other] = [await cpuTime(planned, renders), await cpuTime(direct, renders)];
        if (run === 0) continue;
        ratios.push(one / other);
        gains.push(one / ((await cpuTime(apart, 1)) * renders));
      }
      const ratio = median(ratios);
      report(`${name}: ${rounded(ratio)}, of pixels after every step ${rounded(median(gains))}`);
      results.push({
        name: `${name}, of one pipeline's CPU time`,
        measured: rounded(ratio),
        unit: "×",
        target: `≤ ${most}`,
        reached: ratio <= most,
        detail: {
          recipe,
          ratios: ratios.map((each) => rounded(each)),
          ofPixelsAfterEveryStep: rounded(median(gains)),
        },
      });
    }
    return results;
  },
};

async function render(
  registry: TransformRegistry,
  { recipe, photo, output }: { readonly recipe: string; readonly photo: string; readonly output: string },
): Promise<void> {
  const { steps } = parseUrlRecipe(recipe, registry);
  const job = { input: photo, inputFormat: "jpeg", output, format: "jpeg", steps } as const;
  await renderRecipe(job, registry, DEFAULT_LIMITS);
}

/** Returns the CPU time in milliseconds. */
async function cpuTime(work: () => Promise<void>, renders: number): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < renders; count++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
