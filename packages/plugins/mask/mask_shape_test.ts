import { describe, expect, test } from "bun:test";
import { alphaAt, alphasOf, areaOf, maskOf, type Pixels } from "./mask_fixture_test.ts";

const SIDE = 300;
const { PI, sin } = Math;
const degrees = (angle: number) => (angle / 180) * PI;

/** The circumradius of a pentagon that points up and is as wide as the image. */
const PENTAGON = SIDE / (2 * sin(degrees(72)));

const areas: readonly (readonly [query: string, width: number, height: number, area: number])[] = [
  ["mask=circle", 400, 300, PI * 150 ** 2],
  ["mask=circle,angle:17", 61, 201, PI * 30.5 ** 2],
  ["mask=ellipse", 400, 300, PI * 200 * 150],
  ["mask=ellipse,angle:90", 400, 200, PI * 100 * 50],
  ["mask=rounded,radius:40", 400, 300, 400 * 300 - (4 - PI) * 40 ** 2],
  ["mask=rounded", 400, 300, 400 * 300 - (4 - PI) * 30 ** 2],
  ["mask=rounded,radius:max", 400, 300, 100 * 300 + PI * 150 ** 2],
  ["mask=rounded,radius:0", 400, 300, 400 * 300],
  ["mask=rounded,radius:0,angle:45", SIDE, SIDE, SIDE ** 2 / 2],
  ["mask=rounded,radius:20,angle:45", SIDE, SIDE, SIDE ** 2 / 2 - (4 - PI) * 20 ** 2],
  ["mask=rounded,radius:0,topRight:50", SIDE, SIDE, SIDE ** 2 - (1 - PI / 4) * 50 ** 2],
  ["mask=polygon,sides:3", SIDE, SIDE, (Math.sqrt(3) / 4) * SIDE ** 2],
  ["mask=polygon,sides:4", SIDE, 500, SIDE ** 2 / 2],
  ["mask=polygon,sides:4,angle:45", SIDE, 500, SIDE ** 2],
  ["mask=polygon,sides:5", SIDE, SIDE, 2.5 * PENTAGON ** 2 * sin(degrees(72))],
  ["mask=polygon", SIDE, SIDE, 1.5 * Math.sqrt(3) * (SIDE / 2) ** 2],
  ["mask=polygon,sides:20", SIDE, SIDE, 10 * (SIDE / 2) ** 2 * sin(degrees(18))],
  ["mask=star", SIDE, SIDE, 5 * PENTAGON ** 2 * 0.382 * sin(degrees(36))],
  ["mask=star,inner:0.7", SIDE, SIDE, 5 * PENTAGON ** 2 * 0.7 * sin(degrees(36))],
  ["mask=star,sides:4,inner:0.5", SIDE, SIDE, 4 * (SIDE / 2) ** 2 * 0.5 * sin(degrees(45))],
  ["mask=heart", SIDE, SIDE, 180 * PI * (SIDE / 32) ** 2],
];

describe("mask by a shape", () => {
  test.each(areas)("%s of %d × %d covers the expected area", async (query, width, height, area) => {
    const pixels = await maskOf(query, width, height);
    expect(pixels).toMatchObject({ width, height });
    expect(Math.abs(areaOf(pixels) / area - 1)).toBeLessThan(0.002);
  });

  test("mask=circle keeps the pixels that are nearer to the centre than its radius", async () => {
    const pixels = await maskOf("mask=circle", 120, 80);
    for (let y = 0; y < 80; y++) {
      for (let x = 0; x < 120; x++) {
        const distance = Math.hypot(x + 0.5 - 60, y + 0.5 - 40);
        if (distance < 39) expect(alphaAt(pixels, x, y)).toBe(255);
        if (distance > 41) expect(alphaAt(pixels, x, y)).toBe(0);
      }
    }
  });

  test.each([
    ["topLeft", 0, 0],
    ["topRight", 79, 0],
    ["bottomRight", 79, 59],
    ["bottomLeft", 0, 59],
  ] as const)("mask=rounded,%s rounds that corner alone", async (name, x, y) => {
    const pixels = await maskOf(`mask=rounded,radius:0,${name}:20`, 80, 60);
    const corners = [
      [0, 0],
      [79, 0],
      [79, 59],
      [0, 59],
    ] as const;
    for (const [left, top] of corners)
      expect(alphaAt(pixels, left, top)).toBe(left === x && top === y ? 0 : 255);
    const others = await maskOf(`mask=rounded,radius:20,${name}:0`, 80, 60);
    for (const [left, top] of corners)
      expect(alphaAt(others, left, top)).toBe(left === x && top === y ? 255 : 0);
  });

  test("mask=polygon and mask=star point up, and an angle turns them clockwise", async () => {
    for (const shape of ["polygon,sides:3", "star"]) {
      const up = await maskOf(`mask=${shape},trim`, 99, 99);
      const right = await maskOf(`mask=${shape},angle:90,trim`, 99, 99);
      const { width, height } = up;
      expect(coveredInRow(up, 20)).toBeLessThan(coveredInRow(up, 60));
      const turned = alphasOf(up).map((_, pixel) =>
        alphaAt(right, height - 1 - Math.floor(pixel / width), pixel % width),
      );
      expect(largestDifference(alphasOf(up), turned)).toBeLessThan(20);
    }
  });

  test.each([
    ["center", 50, 0],
    ["west", 0, 0],
    ["northeast", 100, 0],
  ] as const)("mask=circle,gravity:%s lies there", async (gravity, left) => {
    const pixels = await maskOf(`mask=circle,gravity:${gravity}`, 200, 100);
    const columns = Array.from({ length: 200 }, (_, x) => alphaAt(pixels, x, 50) > 0);
    expect([columns.indexOf(true), columns.lastIndexOf(true)]).toEqual([left, left + 99]);
  });

  test("mask=circle,gravity:south lies at the lower edge", async () => {
    const pixels = await maskOf("mask=circle,gravity:south", 100, 300);
    expect(alphaAt(pixels, 50, 199)).toBe(0);
    expect(alphaAt(pixels, 50, 202)).toBe(255);
    expect(alphaAt(pixels, 50, 298)).toBe(255);
  });

  test.each(["mask=circle", "mask=star,angle:10", "mask=heart,feather:4", "mask=rounded"])(
    "%s,invert is the complement",
    async (query) => {
      const [plain, inverted] = await Promise.all([maskOf(query, 90, 70), maskOf(`${query},invert`, 90, 70)]);
      expect(alphasOf(inverted)).toEqual(alphasOf(plain).map((alpha) => 255 - alpha));
    },
  );

  test.each([1, 3, 4.1, 8, 15])(
    "mask=rounded,feather:%d has the edge of a Gaussian in its box",
    async (sigma) => {
      const pixels = await maskOf(`mask=rounded,radius:0,feather:${sigma}`, 240, 200);
      for (let x = 0; x < 120; x++) {
        const expected = 255 * normalDistribution((x + 0.5 - 2.5 * sigma) / sigma);
        expect(Math.abs(alphaAt(pixels, x, 100) - expected)).toBeLessThan(2 + 4 / sigma);
      }
    },
  );
});

function coveredInRow(pixels: Pixels, y: number): number {
  return Array.from({ length: pixels.width }, (_, x) => alphaAt(pixels, x, y)).reduce((a, b) => a + b) / 255;
}

function largestDifference(first: readonly number[], second: readonly number[]): number {
  return first.reduce((most, value, index) => Math.max(most, Math.abs(value - (second[index] ?? 0))), 0);
}

/** Returns the share of a normal distribution below a value, as the sum of slices of its density. */
function normalDistribution(value: number): number {
  const step = 0.01;
  let share = 0;
  for (let x = -6; x < value; x += step) share += step * Math.exp(-(x ** 2) / 2);
  return share / Math.sqrt(2 * PI);
}
