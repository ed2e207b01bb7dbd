import { describe, expect, test } from "bun:test";
import { definePlugin, defineTransform } from "@progimage/core/plugin";
import {
  createRegistry,
  orderLikeness,
  parseUrlRecipe,
  randomNumbers,
  stillFixtures,
  testFolder,
} from "@progimage/core/testing";
import plugin from "./mod.ts";

const BORDER = 7;
const RECIPES_PER_SOURCE = 16;

/** Neighbouring steps whose calls sharp would run in another order than written. */
const neighbours = definePlugin({
  name: "@progimage/test",
  transforms: [
    defineTransform({
      name: "turn",
      version: 1,
      summary: "Turns by 90°",
      params: {},
      size: ({ width, height }) => ({ width: height, height: width }),
      stage: "quarterTurn",
      apply: (image) => image.rotate(90),
    }),
    defineTransform({
      name: "mirror",
      version: 1,
      summary: "Mirrors",
      params: {},
      stage: "flop",
      apply: (image) => image.flop(),
    }),
    defineTransform({
      name: "cut",
      version: 1,
      summary: "Cuts a piece off",
      params: {},
      size: ({ width, height }) => ({ width: Math.ceil(width / 2), height }),
      stage: "crop",
      apply: (image, _, { output }) => image.extract({ left: 0, top: 0, ...output }),
    }),
    defineTransform({
      name: "frame",
      version: 1,
      summary: "Adds a border",
      params: {},
      size: ({ width, height }) => ({ width: width + 2 * BORDER, height: height + 2 * BORDER }),
      stage: "extend",
      apply: (image) =>
        image.extend({ top: BORDER, right: BORDER, bottom: BORDER, left: BORDER, background: "#f80" }),
    }),
  ],
});
const registry = createRegistry([plugin, neighbours]);

const THUMBNAILS = [
  "thumbnail=30x40",
  "thumbnail=60x61,gravity:north",
  "thumbnail=130x50,focalX:0.3",
  "thumbnail=40x20,gravity:attention",
  "thumbnail=120x120,gravity:entropy",
  "thumbnail=97x40,gravity:south",
  "thumbnail=200x90,enlarge:false,gravity:east",
];

describe("recipes with thumbnails keep the caller's order", () => {
  test("in random recipes, on all sources", async () => {
    await using folder = await testFolder();
    const random = randomNumbers(3);
    const pick = (queries: readonly string[]) => queries[Math.floor(random() * queries.length)] ?? "";
    const names = neighbours.transforms.map(({ name }) => name);
    for (const { name, bytes, format } of await stillFixtures()) {
      const [input, output] = [`${folder.path}/input`, `${folder.path}/output`] as const;
      await Bun.write(input, bytes);
      for (let round = 0; round < RECIPES_PER_SOURCE; round++) {
        const query = [pick(names), pick(THUMBNAILS), pick([...names, ...THUMBNAILS]), pick(names)].join("&");
        const { steps } = parseUrlRecipe(query, registry);
        const likeness = await orderLikeness({ input, inputFormat: format, output, steps }, registry);
        expect({ name, query, isAlike: likeness > 45 }).toEqual({ name, query, isAlike: true });
      }
    }
  }, 120_000);
});
