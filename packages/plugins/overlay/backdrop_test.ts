import { expect, test } from "bun:test";
import { addBackdrop } from "./backdrop.ts";

const layer = {
  data: Buffer.from([255, 255, 255, 255, 200, 100, 0, 51]),
  width: 2,
  height: 1,
  left: 3,
  top: 5,
};

test("addBackdrop() fills transparent pixels, and mixes with translucent ones", () => {
  const area = { left: 4, top: 5, width: 2, height: 1 };
  const { data, ...place } = addBackdrop(layer, area, "0000ff80");
  expect(place).toEqual({ left: 3, top: 5, width: 3, height: 1 });
  const above = 51 / 255;
  const below = (1 - above) * (128 / 255);
  const sum = above + below;
  expect([...data.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  expect([...data.subarray(4, 8)]).toEqual(
    [(200 * above) / sum, (100 * above) / sum, (255 * below) / sum, 255 * sum].map(Math.round),
  );
  expect([...data.subarray(8)]).toEqual([0, 0, 255, 128]);
});

test("addBackdrop() keeps opaque pixels", () => {
  const { data } = addBackdrop(layer, { left: 3, top: 5, width: 2, height: 1 }, "0000ff");
  expect([...data]).toEqual([255, 255, 255, 255, 40, 20, 204, 255]);
});
