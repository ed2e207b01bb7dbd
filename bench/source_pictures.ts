import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { photoPixels } from "./pictures.ts";

/** The formats of sources and results. */
export type PictureFormat = "jpeg" | "png" | "webp" | "avif";

/** Options for {@linkcode sourcePictures}. */
export interface SourcePicturesOptions {
  readonly format: PictureFormat;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  /** A folder of pictures to make them from. Without it they are generated. */
  readonly images?: string;
}

/** The folder of the pictures, which are made once: that takes longer than many measurements. */
const CACHE = join(import.meta.dir, ".cache");

/** Incremented when the same options produce other pictures than before. */
const GENERATION = 1;

/** The settings of cameras and editors. AVIF is written with little effort, which readers do not notice. */
const WRITERS: Readonly<Record<PictureFormat, (image: Sharp) => Sharp>> = {
  jpeg: (image) => image.jpeg({ quality: 90 }),
  png: (image) => image.png({ compressionLevel: 6 }),
  webp: (image) => image.webp({ quality: 90, effort: 2 }),
  avif: (image) => image.avif({ quality: 80, effort: 0, chromaSubsampling: "4:2:0" }),
};

/** Returns the paths of pictures of one size and format, the same in every run. */
export async function sourcePictures(options: SourcePicturesOptions): Promise<readonly string[]> {
  const { format, width, height, count, images } = options;
  if (images) return await ownPictures(images, options);
  await mkdir(CACHE, { recursive: true });
  const paths: string[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const path = join(CACHE, `${GENERATION}-${width}x${height}-${seed}.${format}`);
    if (!(await Bun.file(path).exists())) await write(await madeUp(seed, width, height), format, path);
    paths.push(path);
  }
  return paths;
}

/** Returns a JPEG of about 50 KB. */
export async function smallJpeg(images?: string): Promise<Uint8Array> {
  const size = { width: 1200, height: 800 };
  const [source] = await sourcePictures({ format: "jpeg", ...size, count: 1, images });
  return await sharp(source).resize(720).jpeg({ quality: 78 }).toBuffer();
}

/** Returns pictures of a folder, cropped to the given size. */
async function ownPictures(
  folder: string,
  { format, width, height, count }: SourcePicturesOptions,
): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).toSorted();
  const digest = Bun.hash(`${folder}\0${names.join("\0")}`).toString(36);
  const parent = join(CACHE, `own-${digest}`);
  await mkdir(parent, { recursive: true });
  const paths: string[] = [];
  for (const name of names) {
    if (paths.length === count) break;
    const path = join(parent, `${GENERATION}-${width}x${height}-${name}.${format}`);
    const image = sharp(join(folder, name), { autoOrient: true }).resize(width, height).flatten();
    const isWritten =
      (await Bun.file(path).exists()) || (await write(image, format, path).catch(() => false));
    if (isWritten) paths.push(path);
  }
  if (paths.length === 0)
    throw new Error(`Cannot use pictures of ${folder} as there must be one that can be read: there is none`);
  return paths;
}

/** Returns shapes, texture and grain, with a gradient and words on top. */
async function madeUp(seed: number, width: number, height: number): Promise<Sharp> {
  const pixels = await photoPixels(seed, width, height);
  const size = Math.round(height / 12);
  const words = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <linearGradient id="sky" x1="0" y1="0" x2="0.4" y2="1">
      <stop offset="0" stop-color="hsl(${(seed * 67) % 360}, 70%, 70%)" stop-opacity="0.8"/>
      <stop offset="1" stop-color="hsl(${(seed * 131) % 360}, 60%, 20%)" stop-opacity="0"/>
    </linearGradient>
    <rect width="${width}" height="${height / 2}" fill="url(#sky)"/>
    <text x="${size}" y="${height - size}" font-family="sans-serif" font-size="${size}" fill="white">Picture ${seed} of many</text>
    <text x="${size}" y="${height - 2.5 * size}" font-family="sans-serif" font-size="${size / 3}" fill="black">Small letters show what is lost</text>
  </svg>`;
  return sharp(pixels, { raw: { width, height, channels: 3 } }).composite([{ input: Buffer.from(words) }]);
}

/** Writes a picture atomically: an interrupted bench leaves no partial file. */
async function write(image: Sharp, format: PictureFormat, path: string): Promise<true> {
  const aside = `${path}.${crypto.randomUUID()}`;
  await WRITERS[format](image).toFile(aside);
  await rename(aside, path);
  return true;
}
