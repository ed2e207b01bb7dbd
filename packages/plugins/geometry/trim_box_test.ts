import { describe, expect, test } from "bun:test";
import { randomNumbers } from "@progimage/core/testing";
import sharp from "sharp";
import { cornerColor, premultiply, type RawPixels, trimBox } from "./trim_box.ts";

/** Returns an image drawn with letters: `.` for the border, others for colours. */
function drawn(rows: readonly string[], colors: Readonly<Record<string, readonly number[]>>): RawPixels {
  const data = Buffer.from(rows.flatMap((row) => [...row].flatMap((letter) => [...(colors[letter] ?? [])])));
  const channels = colors["."]?.length === 4 ? 4 : 3;
  return { data, width: rows[0]?.length ?? 0, height: rows.length, channels };
}

function found(pixels: RawPixels, threshold = 10, color = cornerColor(pixels)) {
  const area = trimBox(pixels, color, threshold);
  return area && [area.left, area.top, area.width, area.height];
}

const OPAQUE = { ".": [200, 100, 50], a: [200, 111, 50], b: [200, 100, 60], c: [0, 0, 0] };

describe("trimBox()", () => {
  test("is the box around all pixels that differ", () => {
    expect(found(drawn([".....", ".a...", "...c.", "....."], OPAQUE))).toEqual([1, 1, 3, 2]);
    expect(found(drawn([".a", "c."], OPAQUE))).toEqual([0, 0, 2, 2]);
    expect(found(drawn([".", ".", "c"], OPAQUE))).toEqual([0, 2, 1, 1]);
    expect(found(drawn(["....c.."], OPAQUE))).toEqual([4, 0, 1, 1]);
  });

  test("treats pixels that differ by at most the threshold, in any channel, as border", () => {
    const image = drawn([".b.", "...", "..a"], OPAQUE);
    expect(found(image, 10)).toEqual([2, 2, 1, 1]);
    expect(found(image, 9)).toEqual([1, 0, 2, 3]);
    expect(found(image, 11)).toBeNull();
  });

  test("returns null if there is only border", () => {
    expect(found(drawn(["."], OPAQUE))).toBeNull();
    expect(found(drawn(["...", "..."], OPAQUE))).toBeNull();
  });

  test("takes the border's colour from its argument", () => {
    expect(found(drawn(["...", ".c.", "..."], OPAQUE), 10, premultiply([0, 0, 0, 255]))).toEqual([
      0, 0, 3, 3,
    ]);
    expect(found(drawn(["ccc", "c.c"], OPAQUE), 10, premultiply([0, 0, 0, 255]))).toEqual([1, 1, 1, 1]);
  });

  test("ignores the colour of transparent pixels", () => {
    const colors = { ".": [0, 0, 0, 0], w: [255, 255, 255, 0], f: [255, 255, 255, 9], c: [0, 0, 0, 255] };
    expect(found(drawn([".w.w", "fcw.", "w..w"], colors))).toEqual([1, 1, 1, 1]);
    expect(found(drawn([".w.w", "fcw.", "w..w"], colors), 5)).toEqual([0, 1, 2, 1]);
  });

  test("is the box of sharp's own trim on opaque images", async () => {
    const random = randomNumbers(5);
    for (let round = 0; round < 200; round++) {
      const width = 4 + Math.floor(random() * 40);
      const height = 4 + Math.floor(random() * 40);
      const data = Buffer.alloc(width * height * 3, 120);
      for (let speck = 0; speck <= random() * 4; speck++) {
        data[Math.floor(random() * data.length)] = 120 + Math.floor((random() - 0.5) * 80);
      }
      // The corner determines the colour of the border.
      data.fill(120, 0, 3);
      const raw = { width, height, channels: 3 as const };
      const image = sharp(data, { raw }).trim({ threshold: 20, lineArt: true });
      const { info } = await image.raw().toBuffer({ resolveWithObject: true });
      const box = trimBox({ data, ...raw }, cornerColor({ data, ...raw }), 20);
      expect(box ?? { left: 0, top: 0, width, height }).toEqual({
        left: 0 - (info.trimOffsetLeft ?? 0),
        top: 0 - (info.trimOffsetTop ?? 0),
        width: info.width,
        height: info.height,
      });
    }
  });
});
