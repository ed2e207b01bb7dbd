import { describe, expect, test } from "bun:test";
import type { CostFactors } from "./predict_cost.ts";
import { predictMemory } from "./predict_memory.ts";
import type { ResolvedStep } from "./resolve_steps.ts";
import type { Size } from "./size.ts";

const PHOTO = { format: "jpeg", width: 6000, height: 4000 } as const;
const SMALL = { width: 600, height: 400 };

function step(input: Size, output: Size): ResolvedStep {
  return { input, output } as ResolvedStep;
}

function memory(factors: Partial<CostFactors>): number {
  const usual = {
    source: PHOTO,
    steps: [],
    output: PHOTO,
    pages: 1,
    format: "jpeg",
    encode: {},
    encodes: 1,
  } as const;
  return predictMemory({ ...usual, ...factors });
}

describe("predictMemory()", () => {
  test.each([
    // Measured bytes of renders, from the peak of their processes.
    ["a thumbnail", { steps: [step(PHOTO, SMALL)], output: SMALL }, 70e6],
    ["a whole JPEG", {}, 218e6],
    ["a rotated JPEG", { steps: [step(PHOTO, PHOTO)] }, 276e6],
    ["AVIF of 6 megapixels", { output: { width: 3000, height: 2000 }, format: "avif" }, 206e6],
    ["a thumbnail of AVIF", { source: { ...PHOTO, format: "avif" }, output: SMALL }, 534e6],
  ] as const)("is not far from what %s takes", (_, factors, seen) => {
    expect(memory(factors)).toBeGreaterThan(seen * 0.8);
    expect(memory(factors)).toBeLessThan(seen * 2.8);
  });

  test("grows with frames, and with the pixels of source, steps and result", () => {
    const more: readonly Partial<CostFactors>[] = [
      { pages: 3 },
      { source: { ...PHOTO, width: 9000 } },
      { steps: [step(PHOTO, SMALL), step(SMALL, PHOTO)] },
      { output: { width: 8000, height: 4000 } },
      { format: "avif" },
    ];
    for (const factors of more) expect(memory(factors)).toBeGreaterThan(memory({}) * 1.05);
  });
});
