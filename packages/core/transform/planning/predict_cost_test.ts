import { describe, expect, test } from "bun:test";
import { type CostFactors, predictCost, predictLeastCost } from "./predict_cost.ts";
import type { ResolvedStep } from "./resolve_steps.ts";
import type { Size } from "./size.ts";

const PHOTO = { format: "jpeg", width: 3000, height: 2000 } as const;
const SMALL = { width: 600, height: 400 };

/** Creates a step with only the properties that its cost depends on. */
function step(input: Size, output: Size): ResolvedStep {
  return { input, output } as ResolvedStep;
}

function cost(factors: Partial<CostFactors>): number {
  return predictCost({
    source: PHOTO,
    steps: [step(PHOTO, SMALL)],
    output: SMALL,
    pages: 1,
    format: "jpeg",
    encode: {},
    encodes: 1,
    ...factors,
  });
}

describe("predictCost()", () => {
  test("distinguishes expensive formats and efforts from cheap ones", () => {
    const avif = (effort: number) => cost({ format: "avif", encode: { effort } });
    const costs = [cost({}), cost({ format: "webp" }), avif(2), avif(4)];
    expect(costs).toEqual(costs.toSorted((one, other) => one - other));
    expect(avif(4)).toBeGreaterThan(10 * cost({}));
    expect(avif(6)).toBe(avif(4));
    expect(cost({ format: "webp", encode: { lossless: true } })).toBeGreaterThan(cost({ format: "webp" }));
  });

  test("grows with the pixels of source, steps and result, and with frames and encodes", () => {
    const more: readonly Partial<CostFactors>[] = [
      { source: { ...PHOTO, width: 6000 } },
      { source: { ...PHOTO, format: "avif" } },
      { steps: [step(PHOTO, SMALL), step(SMALL, SMALL)] },
      { output: PHOTO, steps: [step(PHOTO, PHOTO)] },
      { pages: 10 },
      { encodes: 5 },
    ];
    for (const factors of more) expect(cost(factors)).toBeGreaterThan(cost({}) * 1.01);
  });

  test("is lower for decoders that shrink on load", () => {
    expect(cost({ steps: [step(PHOTO, { width: 2000, height: 1300 })] })).toBeGreaterThan(2 * cost({}));
  });
});

test("predictLeastCost() distinguishes certainly expensive renders from possibly cheap ones", () => {
  const factors = (format: CostFactors["format"], effort: number): CostFactors => {
    const output = { width: 8_000, height: 4_000 };
    return {
      source: { ...PHOTO, ...output },
      steps: [],
      output,
      pages: 1,
      format,
      encode: { effort },
      encodes: 5,
    };
  };
  // 32 megapixels of one colour took 10.6 s, and 1.6 s as a GIF.
  expect(predictLeastCost(factors("avif", 4))).toBeGreaterThan(10_000);
  expect(predictLeastCost(factors("avif", 2))).toBeLessThan(2_500);
  expect(predictLeastCost(factors("gif", 3))).toBeLessThan(1_600);
  expect(predictLeastCost(factors("avif", 4))).toBeLessThan(predictCost(factors("avif", 4)) / 5);
});
