import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { likenessToScaled } from "./likeness_to_scaled.ts";

test("likenessToScaled compares each side with a reference of its own geometry", async () => {
  const picture = join(tmpdir(), `progimage-likeness-${crypto.randomUUID()}.png`);
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  // At 64 pixels its height is 42.67: one scale for both sides and a scale for each give other pixels.
  await sharp({ create: { width: 300, height: 200, channels: 3, noise, background: "#808080" } })
    .png()
    .toFile(picture);
  try {
    const inside = await sharp(picture).resize(64, 64, { fit: "inside" }).png().toBuffer();
    const filled = await sharp(picture).resize(64, 43, { fit: "fill" }).png().toBuffer();
    const blurred = await sharp(filled).blur(1).png().toBuffer();
    expect(inside.equals(filled)).toBe(false);
    expect(await likenessToScaled(inside, picture, 64)).toBe(1);
    expect(await likenessToScaled(filled, picture, 64)).toBe(1);
    expect(await likenessToScaled(blurred, picture, 64)).toBeLessThan(0.95);
  } finally {
    await rm(picture);
  }
});
