import { expect, test } from "bun:test";
import { flat, pixelAt, render } from "./testing_render.ts";

const TONES = [0, 37, 128, 200, 255];

test("fade moves black to 64 and white to 224, and what is between in proportion", async () => {
  for (const tone of TONES) {
    const [red] = pixelAt(await render(flat(4, 4, [tone, tone, tone]), "print.fade=1"), 1, 1);
    expect(red).toBe(Math.round(64 + (tone * (224 - 64)) / 255));
  }
});

test("fade leaves alpha alone, and everything at 0", async () => {
  const source = flat(4, 4, [0, 100, 250, 77]);
  expect(pixelAt(await render(source, "print.fade=0.5"), 2, 2)[3]).toBe(77);
  expect(pixelAt(await render(source, "print.fade=0"), 2, 2)).toEqual([0, 100, 250, 77]);
});
