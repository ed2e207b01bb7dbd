import { describe, expect, test } from "bun:test";
import { randomNumbers } from "@progimage/core/testing";
import { turnWithin } from "./turn.ts";

const WIDTH = 5;
const HEIGHT = 3;

describe("turnWithin()", () => {
  const random = randomNumbers(7);
  const data = Buffer.from(
    Array.from({ length: WIDTH * HEIGHT * 4 }, (_, index) =>
      index % 4 === 3 ? 255 : Math.floor(random() * 256),
    ),
  );
  const layer = { data, width: WIDTH, height: HEIGHT, left: 0, top: 0 };

  test("moves pixels by a quarter turn without changing them", () => {
    const center = { left: HEIGHT / 2, top: WIDTH / 2 };
    const upright = { ...layer, left: (HEIGHT - WIDTH) / 2, top: (WIDTH - HEIGHT) / 2 };
    const area = { left: 0, top: 0, width: HEIGHT, height: WIDTH };
    const turned = turnWithin(area, upright, { center, angle: 90 });
    expect(turned).toMatchObject({ width: HEIGHT, height: WIDTH, left: 0, top: 0 });
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const from = (y * WIDTH + x) * 4;
        const to = (x * HEIGHT + HEIGHT - 1 - y) * 4;
        expect(turned?.data.subarray(to, to + 4)).toEqual(data.subarray(from, from + 4));
      }
    }
  });

  test("keeps only the part inside the area", () => {
    const center = { left: WIDTH / 2, top: HEIGHT / 2 };
    const turned = turnWithin({ left: 0, top: 0, width: 2, height: 2 }, layer, { center, angle: 180 });
    expect(turned).toMatchObject({ width: 2, height: 2 });
    expect(turned?.data.subarray(0, 4)).toEqual(data.subarray(-4));
  });

  test("returns null if the rotated layer is outside the area", () => {
    const area = { left: 0, top: 0, width: 9, height: 9 };
    expect(turnWithin(area, layer, { center: { left: -10, top: 0 }, angle: 180 })).toBeNull();
  });

  test("keeps the sum of alpha, and colours at the edges", () => {
    const side = 40;
    const square = { data: Buffer.alloc(side * side * 4, 200), width: side, height: side, left: 10, top: 10 };
    const area = { left: 0, top: 0, width: 60, height: 60 };
    const turned = turnWithin(area, square, { center: { left: 30, top: 30 }, angle: 30 });
    let sum = 0;
    for (const [index, value] of (turned?.data ?? Buffer.alloc(0)).entries()) {
      if (index % 4 === 3) sum += value;
      else if ((turned?.data[index | 3] ?? 0) > 0) expect(value).toBe(200);
    }
    expect(Math.abs(sum / 200 / side ** 2 - 1)).toBeLessThan(0.01);
  });
});
