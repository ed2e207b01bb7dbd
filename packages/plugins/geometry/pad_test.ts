import { describe, expect, test } from "bun:test";
import { decodePixels, gradient, psnr, samplePhoto } from "@progimage/core/testing";
import sharp from "sharp";
import { renderBytes } from "./testing_render.ts";

const SIZE = { width: 23, height: 17 } as const;

async function source(channels: 3 | 4 = 4): Promise<Buffer> {
  return await sharp(gradient(SIZE.width, SIZE.height, channels), { raw: { ...SIZE, channels } })
    .png()
    .toBuffer();
}

/** The index of the pixel, in a line of `length`, that is repeated at a place outside it. */
const LOOKUPS: Readonly<Record<string, (place: number, length: number) => number>> = {
  copy: (place, length) => Math.min(Math.max(place, 0), length - 1),
  repeat: (place, length) => modulo(place, length),
  mirror: (place, length) => {
    const there = modulo(place, 2 * length);
    return there < length ? there : 2 * length - 1 - there;
  },
};

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

describe("pad", () => {
  test.each(Object.keys(LOOKUPS))("mode %s takes each pixel from where it should", async (mode) => {
    const lookup = LOOKUPS[mode] ?? (() => 0);
    const input = await decodePixels(await source());
    const output = await decodePixels(
      await renderBytes(await source(), `pad=top:40,right:9,bottom:3,left:50,mode:${mode}`),
    );
    expect(output).toMatchObject({ width: SIZE.width + 59, height: SIZE.height + 43 });
    for (let y = 0; y < output.height; y++) {
      for (let x = 0; x < output.width; x++) {
        const from = (lookup(y - 40, SIZE.height) * SIZE.width + lookup(x - 50, SIZE.width)) * 4;
        const to = (y * output.width + x) * 4;
        if (!output.data.subarray(to, to + 4).equals(input.data.subarray(from, from + 4))) {
          throw new Error(`${x}, ${y} is another pixel than ${mode} takes`);
        }
      }
    }
  });

  test("mode color adds transparency to an image that has none", async () => {
    const output = await decodePixels(await renderBytes(await source(3), "pad=left:1"));
    for (let y = 0; y < output.height; y++) {
      const row = output.data.subarray(y * output.width * 4, (y * output.width + 2) * 4);
      expect([row[3], row[7]]).toEqual([0, 255]);
    }
  });

  test.each([3, 4] as const)("mode blur keeps every pixel of an image of %d channels", async (channels) => {
    const bytes = await source(channels);
    const output = await renderBytes(bytes, "pad=width:60,height:40,gravity:southwest,mode:blur");
    const inside = await sharp(output)
      .extract({ left: 0, top: 23, ...SIZE })
      .png()
      .toBuffer();
    expect(await decodePixels(inside)).toEqual(await decodePixels(bytes));
    expect((await sharp(output).metadata()).channels).toBe(channels);
  });

  test("mode blur surrounds it with an enlarged copy, as if that were blurred at full size", async () => {
    const photo = await samplePhoto(300);
    const output = await renderBytes(photo, "pad=aspect:1:1,mode:blur");
    const enlarged = await sharp(photo).resize(300, 300).png().toBuffer();
    const blurred = await sharp(enlarged).blur(12).png().toBuffer();
    for (const top of [0, 250]) {
      const part = async (image: Buffer) =>
        await decodePixels(
          await sharp(image).extract({ left: 0, top, width: 300, height: 50 }).png().toBuffer(),
        );
      expect(psnr(await part(output), await part(blurred))).toBeGreaterThan(35);
      expect(psnr(await part(output), await part(enlarged))).toBeLessThan(30);
    }
  });
});
