import { expect, test } from "bun:test";
import { randomNumbers } from "@progimage/core/testing";
import { distancesFrom } from "./distance.ts";

test.each([
  [1, 1, 1],
  [13, 9, 0.05],
  [1, 30, 0.1],
  [24, 17, 0.01],
  [16, 16, 0.6],
])("distancesFrom() finds what a search of all pixels finds, at %i × %i", (width, height, share) => {
  const random = randomNumbers(width);
  const alpha = Uint8Array.from({ length: width * height }, () => (random() < share ? 255 : 0));
  alpha[alpha.length - 1] = 255;
  const found = distancesFrom(alpha, width, height);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    let nearest = Infinity;
    for (const [other, value] of alpha.entries()) {
      if (value === 0) continue;
      const x = (pixel % width) - (other % width);
      const y = Math.floor(pixel / width) - Math.floor(other / width);
      nearest = Math.min(nearest, Math.hypot(x, y));
    }
    expect(found[pixel]).toBeCloseTo(nearest, 4);
  }
});

test("distancesFrom() puts the edge where alpha is one half", () => {
  const [first = 0, second = 0, third = 0] = distancesFrom(Uint8Array.from([64, 128, 255]), 3, 1);
  expect([second, third]).toEqual([0, 0]);
  expect(first).toBeCloseTo(0.5 - 64 / 255, 4);
});

test("distancesFrom() returns large distances if there is no shape", () => {
  expect(distancesFrom(new Uint8Array(4), 2, 2).every((distance) => distance > 100_000)).toBe(true);
});

/** Prints how many bytes a pixel the peak memory of a process grows while it computes the distances of 24 megapixels. */
const MEASURE = `
  import { distancesFrom } from "./distance.ts";
  const peak = () => process.resourceUsage().maxRSS * 1024;
  const [width, height] = [6_000, 4_000];
  const alpha = new Uint8Array(width * height).fill(255, 0, 100);
  distancesFrom(new Uint8Array(100).fill(255), 10, 10);
  const before = peak();
  distancesFrom(alpha, width, height);
  console.log((peak() - before) / alpha.length);
`;

test("distancesFrom() takes little more memory than its result, as a long text has millions of pixels", async () => {
  const child = Bun.spawn([process.execPath, "-e", MEASURE], { cwd: import.meta.dir, stdout: "pipe" });
  const bytesPerPixel = Number(await new Response(child.stdout).text());
  expect(bytesPerPixel).toBeGreaterThan(1);
  // Four of these bytes are the result.
  expect(bytesPerPixel).toBeLessThan(8);
});
