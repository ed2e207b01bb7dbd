import { expect, test } from "bun:test";
import { flat, pixelAt, render } from "./testing_render.ts";

test("polaroid puts three equal borders and a foot of four around the image", async () => {
  const card = await render(flat(40, 20, [10, 20, 30]), "print.polaroid=0.1,background:ff8000");
  expect(card).toMatchObject({ width: 44, height: 30, channels: 3 });
  const [paper, image] = [
    [255, 128, 0],
    [10, 20, 30],
  ];
  for (const [x, y] of [
    [0, 0],
    [43, 29],
    [21, 1],
    [1, 11],
    [42, 11],
    [21, 22],
  ] as const)
    expect(pixelAt(card, x, y)).toEqual(paper ?? []);
  for (const [x, y] of [
    [2, 2],
    [41, 21],
    [21, 11],
  ] as const)
    expect(pixelAt(card, x, y)).toEqual(image ?? []);
});

test("polaroid keeps transparency, and may have a transparent card", async () => {
  const card = await render(flat(20, 20, [10, 20, 30, 99]), "print.polaroid=0.1,background:0000");
  expect(pixelAt(card, 10, 10)).toEqual([10, 20, 30, 99]);
  expect(pixelAt(card, 0, 0)[3]).toBe(0);
});

test("polaroid leaves the smallest images alone", async () => {
  expect(await render(flat(1, 1, [1, 2, 3]), "print.polaroid")).toMatchObject({ width: 1, height: 1 });
});
