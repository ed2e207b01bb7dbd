import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRegistry,
  formatUrlRecipe,
  orderLikeness,
  parseUrlRecipe,
  randomNumbers,
  type SourceFixture,
  stillFixtures,
  type TransformRegistry,
} from "@progimage/core/testing";
import plugin from "./mod.ts";

const LEAST_PSNR = 45;
const RECIPES_PER_SOURCE = 10;
/** Sources that differ in alpha and orientation. The random recipes cover profiles and colour spaces. */
const TRAP_SOURCES = new Set(["rgb", "rgba", "turned"]);
const TIMEOUT = 120_000;
const registry: TransformRegistry = createRegistry([plugin]);

/** Steps for random recipes: every stage of geometry, growing and shrinking, with and without colours of their own. */
const STEPS = [
  "resize=40x40",
  "resize=x33",
  "resize=60x20,fit:fill",
  "resize=150x,enlarge",
  "resize=50x30,fit:cover,gravity:northwest",
  "resize=30x50,fit:cover",
  "resize=70x70,fit:contain,background:ff0000",
  "resize=80x40,fit:contain",
  "crop=50x40",
  "crop=x:7,y:5,width:40,height:30",
  "crop=30x30,gravity:southeast",
  "rotate=90",
  "rotate=180",
  "rotate=270",
  "rotate=25",
  "rotate=-100,background:00f",
  "flip",
  "flop",
  "crop=aspect:1:1,gravity:north",
  "pad=6,background:80ff0080",
  "pad=left:9,bottom:4,mode:mirror",
  "pad=aspect:1:1,mode:copy",
  "pad=width:110,height:90,mode:blur",
  "trim=30",
];

/** Orders that once failed, or that look as if they might. */
const KNOWN_TRAPS = [
  "crop=50x40&rotate=90&resize=20x",
  "rotate=90&crop=40x50&resize=20x",
  "crop=60x50&rotate=90&crop=30x40",
  "crop=60x50&flip&rotate=90&crop=30x40&flop",
  "flip&rotate=25&crop=30x30",
  "flip&resize=30x",
  "flip&resize=200x,enlarge",
  "rotate=90&flip&flop&resize=13x17,fit:fill",
  "resize=50x30,fit:cover&rotate=90",
  "resize=50x30,fit:cover&flip",
  "resize=60x&crop=30x30,gravity:northwest&rotate=25",
  "crop=60x50&crop=x:3,y:4,width:20,height:20",
  "crop=60x50&crop=50x40&crop=30x20,gravity:east",
  "rotate=90&rotate=90",
  "rotate=90&rotate=25",
  "rotate=25&resize=50x",
  "resize=50x&resize=80x,enlarge&resize=20x",
  "flop&rotate=25&flip",
  "rotate=180&resize=19x19&rotate=270",
  "resize=150x,enlarge&rotate=90",
  "crop=50x40&pad=10,mode:mirror",
  "resize=50x&crop=30x20&pad=10,mode:copy",
  "pad=10&resize=40x",
  "pad=10,background:red&rotate=90&trim",
  "rotate=30&trim&resize=40x",
  "resize=60x60,fit:contain&trim&flip",
];

describe("recipes of geometry keep the caller's order", () => {
  let folder: string;
  let sources: readonly SourceFixture[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-order-"));
    sources = await stillFixtures();
    await Promise.all(sources.map(({ name, bytes }) => Bun.write(join(folder, name), bytes)));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function distance(source: SourceFixture, query: string): Promise<number> {
    const input = join(folder, source.name);
    const output = join(folder, crypto.randomUUID());
    const { steps } = parseUrlRecipe(query, registry);
    return await orderLikeness({ input, inputFormat: source.format, output, steps }, registry);
  }

  test(
    "in recipes with known pitfalls",
    async () => {
      for (const source of sources.filter(({ name }) => TRAP_SOURCES.has(name))) {
        for (const query of KNOWN_TRAPS) {
          const decibels = await distance(source, query);
          if (decibels < LEAST_PSNR) throw new Error(`${query} on ${source.name}: ${decibels} dB`);
        }
      }
    },
    TIMEOUT,
  );

  test(
    "in random recipes, on all sources",
    async () => {
      const random = randomNumbers(20_261_123);
      const pick = () => STEPS[Math.floor(random() * STEPS.length)] ?? "flip";
      for (const source of sources) {
        for (let round = 0; round < RECIPES_PER_SOURCE; round++) {
          const query = Array.from({ length: 2 + Math.floor(random() * 3) }, pick).join("&");
          const decibels = await distance(source, query).catch(refused);
          if (decibels < LEAST_PSNR) throw new Error(`${query} on ${source.name}: ${decibels} dB`);
        }
      }
    },
    TIMEOUT,
  );

  test("in every spelling", () => {
    for (const query of KNOWN_TRAPS) {
      const recipe = parseUrlRecipe(query, registry);
      expect(parseUrlRecipe(formatUrlRecipe(recipe, registry), registry)).toEqual(recipe);
    }
  });
});

/** A crop may be outside the image that earlier steps leave. */
function refused(error: unknown): number {
  if ((error as { code?: string }).code === "invalid_parameter") return Infinity;
  throw error;
}
