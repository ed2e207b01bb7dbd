import { describe, expect, test } from "bun:test";
import type { Length } from "@progimage/core/plugin";
import { randomNumbers } from "@progimage/core/testing";
import { cropArea, type CropWish } from "./crop_area.ts";

function area(wish: Partial<CropWish>) {
  const all = {
    width: undefined,
    height: undefined,
    x: undefined,
    y: undefined,
    aspect: undefined,
    gravity: "center" as const,
    ...wish,
  };
  const { left, top, width, height } = cropArea({ width: 100, height: 60 }, all);
  return [left, top, width, height];
}

describe("cropArea()", () => {
  test("takes the middle", () => expect(area({ width: 50, height: 20 })).toEqual([25, 20, 50, 20]));
  test("takes a side", () =>
    expect(area({ width: 50, height: 20, gravity: "west" })).toEqual([0, 20, 50, 20]));
  test("takes a corner", () =>
    expect(area({ width: 50, height: 20, gravity: "southeast" })).toEqual([50, 40, 50, 20]));
  test("begins at x and y", () =>
    expect(area({ x: 10, y: 5, width: 50, height: 20 })).toEqual([10, 5, 50, 20]));
  test("reaches to the edge", () => expect(area({ x: 10 })).toEqual([10, 0, 90, 60]));
  test("is cut to the image", () => {
    expect(area({ x: -10, y: 50, width: 30, height: 30 })).toEqual([0, 50, 20, 10]);
    expect(area({ width: 500, height: 500 })).toEqual([0, 0, 100, 60]);
  });

  test("counts in percent, to whole pixels", () => {
    expect(area({ x: "10pct", y: "50pct", width: "25pct", height: "30pct" })).toEqual([10, 30, 25, 18]);
    expect(area({ x: "12.6pct", y: "1pct", width: "50pct" })).toEqual([13, 1, 50, 59]);
    expect(area({ width: "50pct", height: "50pct", gravity: "southeast" })).toEqual([50, 30, 50, 30]);
    expect(area({ x: "99.9pct" })).toEqual([99, 0, 1, 60]);
    expect(area({ x: "50pct", width: 20, height: "50pct" })).toEqual([50, 0, 20, 30]);
  });
  test("rounds pixels to whole ones", () =>
    expect(area({ x: 1.4, y: 2.5, width: 10, height: 3.2 })).toEqual([1, 3, 10, 3]));
  test("takes the largest box of an aspect", () => {
    expect(area({ aspect: 1 })).toEqual([20, 0, 60, 60]);
    expect(area({ aspect: 2, gravity: "south" })).toEqual([0, 10, 100, 50]);
    expect(area({ aspect: 1, gravity: "west" })).toEqual([0, 0, 60, 60]);
  });
  test("takes the largest box of an aspect inside a box", () => {
    expect(area({ aspect: 1, width: 30, height: 20 })).toEqual([40, 20, 20, 20]);
    expect(area({ aspect: 2, width: 30, gravity: "northeast" })).toEqual([70, 0, 30, 15]);
    expect(area({ aspect: 1, width: 90, height: 90 })).toEqual([20, 0, 60, 60]);
    expect(area({ aspect: 1, x: 80, y: 10 })).toEqual([80, 10, 20, 20]);
  });
  test("stays inside the image and has at least one pixel", () => {
    const random = randomNumbers(7);
    const maybe = (most: number): Length | undefined => {
      const length = 1 + random() * most;
      return random() < 0.3 ? undefined : random() < 0.5 ? length : `${length}pct`;
    };
    for (let round = 0; round < 5000; round++) {
      const size = { width: 1 + Math.floor(random() * 50), height: 1 + Math.floor(random() * 50) };
      const wish = {
        width: maybe(60),
        height: maybe(60),
        aspect: random() < 0.5 ? undefined : 0.01 + random() * 9,
      };
      const { left, top, width, height } = cropArea(size, {
        ...wish,
        x: undefined,
        y: undefined,
        gravity: "center",
      });
      expect([left, top, width, height].every(Number.isInteger)).toBe(true);
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(1);
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(size.width);
      expect(top + height).toBeLessThanOrEqual(size.height);
    }
  });

  test.each([{ x: 100 }, { y: 60 }, { x: -30, width: 30 }, { y: -5, height: 5 }, { x: "100pct" as const }])(
    "refuses %o, which lies outside",
    (wish) => {
      expect(() => area(wish)).toThrow(expect.objectContaining({ code: "invalid_parameter" }));
    },
  );
});
