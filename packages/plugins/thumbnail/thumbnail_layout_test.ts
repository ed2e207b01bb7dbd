import { describe, expect, test } from "bun:test";
import type { Size } from "@progimage/core/plugin";
import { randomNumbers } from "@progimage/core/testing";
import { areaAround, thumbnailLayout, type ThumbnailWish } from "./thumbnail_layout.ts";

const ROUNDS = 20_000;

function layout(wish: Size & Partial<ThumbnailWish>, input: Size = { width: 400, height: 300 }) {
  const all = { enlarge: true, dpr: 1, ...wish };
  const { scaled, result } = thumbnailLayout(input, all);
  return [scaled.width, scaled.height, result.width, result.height];
}

/** Yields sizes and requests of all proportions, small ones more often than large ones. */
function* chances(seed: number) {
  const random = randomNumbers(seed);
  const length = () => Math.ceil(Math.exp(random() * Math.log(8192)));
  for (let round = 0; round < ROUNDS; round++) {
    const input = { width: length(), height: length() };
    const wish = { width: length(), height: length(), dpr: random() < 0.5 ? 1 : 0.1 + random() * 7.9 };
    yield { input, wish, point: { x: random(), y: random() } };
  }
}

describe("thumbnailLayout()", () => {
  test("covers the box", () => {
    expect(layout({ width: 200, height: 200 })).toEqual([267, 200, 200, 200]);
    expect(layout({ width: 100, height: 300 })).toEqual([400, 300, 100, 300]);
  });
  test("multiplies by dpr", () =>
    expect(layout({ width: 50, height: 20, dpr: 2 })).toEqual([100, 75, 100, 40]));
  test("fills a box that is larger", () =>
    expect(layout({ width: 800, height: 200 })).toEqual([800, 600, 800, 200]));
  test("keeps the box's proportions when it must not enlarge", () => {
    expect(layout({ width: 800, height: 400, enlarge: false })).toEqual([400, 300, 400, 200]);
    expect(layout({ width: 100, height: 600, enlarge: false })).toEqual([400, 300, 50, 300]);
    expect(layout({ width: 100, height: 100, enlarge: false })).toEqual([133, 100, 100, 100]);
  });

  test("returns exactly the box for every image", () => {
    for (const { input, wish } of chances(1)) {
      const { scaled, result } = thumbnailLayout(input, { ...wish, enlarge: true });
      const { width, height } = wish;
      const expected = [width, height].map((side) => Math.max(1, Math.round(side * wish.dpr)));
      expect([result.width, result.height]).toEqual(expected);
      expectSound(input, scaled, result);
    }
  });

  test("never grows without enlarge, and stays within the box", () => {
    for (const { input, wish } of chances(2)) {
      const { scaled, result } = thumbnailLayout(input, { ...wish, enlarge: false });
      const { width, height } = wish;
      expect(scaled.width).toBeLessThanOrEqual(input.width);
      expect(scaled.height).toBeLessThanOrEqual(input.height);
      expect(result.width).toBeLessThanOrEqual(Math.max(1, Math.round(width * wish.dpr)));
      expect(result.height).toBeLessThanOrEqual(Math.max(1, Math.round(height * wish.dpr)));
      // Within half a pixel a side, the proportions are those of the box.
      expect(Math.abs(result.width * height - result.height * width)).toBeLessThanOrEqual(
        (width + height) / 2 + Math.max(width, height) / 2,
      );
      expectSound(input, scaled, result);
    }
  });

  /** Checks that the image is scaled evenly, and no more than covering the result takes. */
  function expectSound(input: Size, scaled: Size, result: Size): void {
    expect([...Object.values(scaled), ...Object.values(result)].every(Number.isInteger)).toBe(true);
    expect(scaled.width).toBeGreaterThanOrEqual(result.width);
    expect(scaled.height).toBeGreaterThanOrEqual(result.height);
    expect(scaled.width === result.width || scaled.height === result.height).toBe(true);
    const factor = Math.max(result.width / input.width, result.height / input.height);
    expect(Math.abs(scaled.width - input.width * factor)).toBeLessThan(1);
    expect(Math.abs(scaled.height - input.height * factor)).toBeLessThan(1);
  }
});

describe("areaAround()", () => {
  test("contains the point, as near to its middle as the edges allow", () => {
    for (const { input, wish, point } of chances(3)) {
      const found = thumbnailLayout(input, { ...wish, enlarge: true });
      const area = areaAround(point, found);
      expectNearest(point.x * found.scaled.width, {
        start: area.left,
        length: area.width,
        whole: found.scaled.width,
      });
      expectNearest(point.y * found.scaled.height, {
        start: area.top,
        length: area.height,
        whole: found.scaled.height,
      });
    }
  });

  test("takes the centre as sharp does", () => {
    const scaled = { width: 10, height: 9 };
    const centre = { x: 0.5, y: 0.5 };
    expect(areaAround(centre, { scaled, result: { width: 7, height: 9 } })).toMatchObject({
      left: 2,
      top: 0,
    });
    expect(areaAround(centre, { scaled, result: { width: 10, height: 4 } })).toMatchObject({
      left: 0,
      top: 3,
    });
  });

  interface Line {
    readonly start: number;
    readonly length: number;
    readonly whole: number;
  }

  function expectNearest(point: number, { start, length, whole }: Line): void {
    expect(start).toBeGreaterThanOrEqual(0);
    expect(start + length).toBeLessThanOrEqual(whole);
    expect(point).toBeGreaterThanOrEqual(start - 0.5);
    expect(point).toBeLessThanOrEqual(start + length + 0.5);
    const distance = (from: number) => Math.abs(from + length / 2 - point);
    if (start > 0) expect(distance(start)).toBeLessThanOrEqual(distance(start - 1) + 1e-6);
    if (start + length < whole) expect(distance(start)).toBeLessThanOrEqual(distance(start + 1) + 1e-6);
  }
});
