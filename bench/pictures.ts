import { join } from "node:path";
import sharp from "sharp";

/** Options for {@linkcode makePhotos}. */
export interface MakePhotosOptions {
  readonly width: number;
  readonly height: number;
  readonly count: number;
}

/**
 * Writes JPEGs that compress and decode about like photographs: large soft shapes, texture and some noise. All are different, and the
 * same in every run. Returns their paths.
 */
export async function makePhotos(
  folder: string,
  { width, height, count }: MakePhotosOptions,
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const path = join(folder, `photo-${width}x${height}-${seed}.jpg`);
    const pixels = await photoPixels(seed, width, height);
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 88 })
      .toFile(path);
    paths.push(path);
  }
  return paths;
}

/** Returns RGB pixels of large soft shapes, texture and grain, the same for the same seed. */
export async function photoPixels(seed: number, width: number, height: number): Promise<Uint8Array> {
  const [shapes, texture, grain] = await Promise.all([
    noise(seed, Math.ceil(width / 250), Math.ceil(height / 250), width, height),
    noise(seed + 1_000, Math.ceil(width / 16), Math.ceil(height / 16), width, height),
    noise(seed + 2_000, Math.ceil(width / 3), Math.ceil(height / 3), width, height),
  ]);
  return shapes.map((value, index) => 0.7 * value + 0.2 * (texture[index] ?? 0) + 0.1 * (grain[index] ?? 0));
}

/** Returns random colours on a coarse grid, enlarged smoothly. */
async function noise(
  seed: number,
  columns: number,
  rows: number,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const random = randomBytes(seed, columns * rows * 3);
  return await sharp(random, { raw: { width: columns, height: rows, channels: 3 } })
    .resize(width, height, { fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
}

/** Returns bytes by xorshift, the same for the same seed. */
function randomBytes(seed: number, count: number): Uint8Array {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return Uint8Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 255;
  });
}
