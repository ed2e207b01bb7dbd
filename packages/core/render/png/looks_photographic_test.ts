import { expect, test } from "bun:test";
import { samplePhoto } from "../sample_images.ts";
import { sharp } from "../sharp_setup.ts";
import { looksPhotographic } from "./looks_photographic.ts";

const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><rect width="400" height="300" fill="#fff"/>
  <circle cx="200" cy="150" r="90" fill="#d62839"/><path d="M20 280L200 20l180 260z" fill="none" stroke="#000" stroke-width="3"/></svg>`;

async function pixelsOf(image: Buffer) {
  const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { data, size: { width, height }, pages: 1, channels: channels as 3 | 4 };
}

test("looksPhotographic() tells pictures whose PNG is smaller with filtered rows", async () => {
  const pictures = [await samplePhoto(), Buffer.from(DRAWING)];
  for (const [index, picture] of pictures.entries()) {
    const pixels = await pixelsOf(picture);
    expect(looksPhotographic(pixels)).toBe(index === 0);
    const raw = { ...pixels.size, channels: pixels.channels };
    const [filtered, plain] = await Promise.all(
      [true, false].map((adaptiveFiltering) =>
        sharp(pixels.data, { raw }).png({ adaptiveFiltering }).toBuffer(),
      ),
    );
    expect((filtered?.length ?? 0) < (plain?.length ?? 0)).toBe(index === 0);
  }
});
