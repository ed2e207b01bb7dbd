import { describe, expect, test } from "bun:test";
import { MOST_ENCODES } from "../transform/output/encoder_options.ts";
import { BYTE_CURVES, valueAt } from "./byte_curves.ts";
import { fitBytes } from "./fit_bytes.ts";

const curve = BYTE_CURVES.jpeg;

/** A fake encoder whose bytes follow a function of quality. Records the tried qualities. */
function encoder(bytesAt: (quality: number) => number) {
  const tried: number[] = [];
  const encode = async (quality: number) => {
    tried.push(quality);
    return { quality, bytes: Math.round(bytesAt(quality)) };
  };
  return { encode, tried };
}

const typical = (quality: number) => 30_000 * Math.exp(valueAt(curve, quality));

/** Untypical pictures: flat ones, noise, and ones in which many bytes do not depend on quality. */
const PICTURES: Readonly<Record<string, (quality: number) => number>> = {
  typical,
  flat: (quality) => 2_000 * Math.exp(0.3 * valueAt(curve, quality)),
  noisy: (quality) => 500_000 * Math.exp(1.7 * valueAt(curve, quality)),
  straight: (quality) => 1_000 + 900 * quality,
  heavy: (quality) => 5_000 + typical(quality),
  // A dip of 5 %, as with WebP.
  uneven: (quality) => typical(quality) * (quality % 7 === 0 ? 0.95 : 1),
};

describe("fitBytes()", () => {
  test("encodes once if the highest quality fits", async () => {
    const { encode, tried } = encoder(typical);
    expect(await fitBytes(encode, { maxBytes: 1_000_000, ceiling: 80, curve })).toMatchObject({
      quality: 80,
    });
    expect(tried).toEqual([80]);
  });

  test.each(Object.keys(PICTURES))("comes near the budget with few encodes: %s", async (name) => {
    const bytesAt = PICTURES[name] ?? typical;
    for (let wanted = 2; wanted < 85; wanted += 3) {
      const maxBytes = Math.ceil(bytesAt(wanted) * 1.01);
      const { encode, tried } = encoder(bytesAt);
      const { quality, bytes } = await fitBytes(encode, { maxBytes, ceiling: 85, curve });
      expect(bytes).toBeLessThanOrEqual(maxBytes);
      expect(tried.length).toBeLessThanOrEqual(MOST_ENCODES);
      expect(tried).toEqual([...new Set(tried)]);
      // Either the result is near the budget, or the next quality would exceed it.
      if (bytes < 0.9 * maxBytes) expect(bytesAt(quality + 1)).toBeGreaterThan(maxBytes);
    }
  });

  test("never passes the ceiling", async () => {
    const { encode, tried } = encoder(typical);
    await fitBytes(encode, { maxBytes: 20_000, ceiling: 60, curve });
    expect(Math.max(...tried)).toBe(60);
  });

  test("reports the smallest size if no quality fits", async () => {
    for (const bytesAt of Object.values(PICTURES)) {
      const smallest = Math.round(bytesAt(1));
      const { encode, tried } = encoder(bytesAt);
      await expect(fitBytes(encode, { maxBytes: smallest - 1, ceiling: 90, curve })).rejects.toMatchObject({
        name: "ProgImageError",
        code: "does_not_fit",
        details: { parameter: "maxBytes", limit: smallest - 1, smallest },
      });
      expect(tried.length).toBeLessThanOrEqual(MOST_ENCODES);
    }
  });

  test("finds the lowest quality if no other fits", async () => {
    for (const bytesAt of Object.values(PICTURES)) {
      const maxBytes = Math.round(bytesAt(1));
      const { encode } = encoder(bytesAt);
      expect((await fitBytes(encode, { maxBytes, ceiling: 90, curve })).bytes).toBeLessThanOrEqual(maxBytes);
    }
  });
});

describe("BYTE_CURVES", () => {
  test("rise with quality, from 1 to 100, and are 0 at 50", () => {
    for (const points of Object.values(BYTE_CURVES)) {
      expect(points.at(0)?.[0]).toBe(1);
      expect(points.at(-1)?.[0]).toBe(100);
      expect(valueAt(points, 50)).toBe(0);
      const values = Array.from({ length: 100 }, (_, index) => valueAt(points, index + 1));
      expect(values).toEqual(values.toSorted((one, other) => one - other));
    }
  });

  test("are straight between their points", () => {
    const points = [
      [1, 0],
      [11, 5],
    ] as const;
    expect([1, 3, 11].map((quality) => valueAt(points, quality))).toEqual([0, 1, 5]);
  });
});
