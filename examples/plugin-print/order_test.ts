import { expect, test } from "bun:test";
import { createRegistry, gradient, parseUrlRecipe, psnr, renderStepByStep } from "@progimage/core/testing";
import sharp from "sharp";
import plugin from "./mod.ts";
import { render } from "./testing_render.ts";

const SIZE = { width: 90, height: 60 };

/** Steps share an instance of sharp if their stages allow it: that must not change the picture. */
const RECIPES = [
  "print.fade&print.polaroid",
  "print.polaroid&print.fade",
  "print.fade&print.fade=1",
  "print.polaroid&print.fade&print.polaroid=0.2,background:navy",
];

for (const channels of [3, 4] as const) {
  test.each(RECIPES)(`%s is done in this order on ${channels} channels`, async (recipe) => {
    const source = { data: gradient(SIZE.width, SIZE.height, channels), ...SIZE, channels };
    const png = await sharp(source.data, { raw: source }).png().toBuffer();
    const { steps } = parseUrlRecipe(recipe, createRegistry([plugin]));
    const expected = await renderStepByStep(png, steps, createRegistry([plugin]));
    const rendered = await render(source, recipe);
    const rgba = await sharp(rendered.data, { raw: { ...rendered, channels: rendered.channels as 3 | 4 } })
      .ensureAlpha()
      .raw()
      .toBuffer();
    expect(psnr({ ...rendered, data: rgba }, expected)).toBeGreaterThan(45);
  });
}
