import { describe, expect, test } from "bun:test";
import { gradient } from "@progimage/core/testing";
import { flat, pixelAt, type Pixels, render } from "./testing_render.ts";

const SCREENS = ["shape:round", "shape:diamond", "shape:line", "image:@photo"];

describe("print.halftone", () => {
  test.each(SCREENS)("keeps every grey on average: %s", async (screen) => {
    for (const grey of [20, 90, 128, 215]) {
      const source = flat(128, 128, [grey, grey, grey]);
      const printed = await render(source, `print.halftone=9.3,angle:17,${screen}`);
      expect(Math.abs(mean(printed) - grey)).toBeLessThan(4);
    }
  });

  test("prints black as ink and white as paper, of any colour", async () => {
    const recipe = "print.halftone=6,color:0a1420,background:f0e6dc";
    expect(pixelAt(await render(flat(9, 9, [0, 0, 0]), recipe), 4, 4)).toEqual([10, 20, 32]);
    expect(pixelAt(await render(flat(9, 9, [255, 255, 255]), recipe), 4, 4)).toEqual([240, 230, 220]);
    expect(pixelAt(await render(flat(9, 9, [0, 0, 0]), `${recipe},invert`), 4, 4)).toEqual([240, 230, 220]);
  });

  test("draws lines along its angle, as far from each other as its pitch", async () => {
    const printed = await render(flat(64, 64, [128, 128, 128]), "print.halftone=16,angle:0,shape:line");
    for (let y = 0; y < 48; y++) {
      expect(pixelAt(printed, 0, y)).toEqual(pixelAt(printed, 63, y));
      expect(pixelAt(printed, 0, y)).toEqual(pixelAt(printed, 0, y + 16));
    }
    expect(pixelAt(printed, 0, 0)).toEqual([255, 255, 255]);
    expect(pixelAt(printed, 0, 8)).toEqual([0, 0, 0]);
    const turned = await render(flat(64, 64, [128, 128, 128]), "print.halftone=16,angle:90,shape:line");
    for (let x = 0; x < 64; x++) expect(pixelAt(turned, x, 0)).toEqual(pixelAt(turned, x, 63));
  });

  test("makes smooth edges of ink and paper mixed", async () => {
    const printed = await render(
      { data: gradient(90, 60, 3), width: 90, height: 60, channels: 3 },
      "print.halftone=7",
    );
    const levels = new Set(printed.data);
    expect([...levels].toSorted((one, other) => one - other)).toEqual([0, 64, 128, 191, 255]);
  });

  test("keeps alpha, times that of ink and paper", async () => {
    const source = flat(9, 9, [0, 0, 0, 100]);
    expect(pixelAt(await render(source, "print.halftone=6"), 4, 4)).toEqual([0, 0, 0, 100]);
    expect(pixelAt(await render(source, "print.halftone=6,color:0a14207f"), 4, 4)).toEqual([10, 20, 32, 50]);
    const onNothing = await render(flat(9, 9, [255, 255, 255]), "print.halftone=6,background:0000");
    expect(pixelAt(onNothing, 4, 4)[3]).toBe(0);
  });

  test("refuses ink that is not seen on its paper", async () => {
    const printed = render(flat(9, 9, [0, 0, 0]), "print.halftone=color:fff");
    await expect(printed).rejects.toMatchObject({
      code: "invalid_parameter",
      details: { parameter: "color" },
    });
  });

  test.each([
    [1, 1],
    [4000, 1],
    [1, 4000],
  ])("takes an image of %d × %d", async (width, height) => {
    expect(await render(flat(width, height, [50, 60, 70]), "print.halftone=500,angle:33")).toMatchObject({
      width,
      height,
    });
  });
});

function mean({ data }: Pixels): number {
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}
