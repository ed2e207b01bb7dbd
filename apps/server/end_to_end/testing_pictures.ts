import sharp from "sharp";

/** Returns a small PNG: red on the left, half-transparent blue on the right. */
export function twoColours(width = 40, height = 20): Promise<Buffer> {
  const [red, blue] = [
    [255, 0, 0, 255],
    [0, 0, 255, 128],
  ];
  const row = Array.from({ length: width }, (_, x) => (x < width / 2 ? red : blue) ?? []).flat();
  const pixels = Uint8Array.from(Array.from({ length: height }, () => row).flat());
  return sharp(pixels, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

/** Returns a JPEG of noise, different for each seed. */
export function noise(seed: number, width = 64, height = 48): Promise<Buffer> {
  const pixels = Uint8Array.from(
    { length: width * height * 3 },
    (_, index) => (index * 7919 + seed * 104_729) >> 3,
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}
