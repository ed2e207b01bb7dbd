import type { SourceFormat } from "@progimage/core";
import { samplePhoto } from "@progimage/core/testing";
import sharp, { type Sharp } from "sharp";

/** A picture of one kind of file. All kinds show the same scene. */
export interface Input {
  readonly name: string;
  readonly format: SourceFormat;
  readonly bytes: Buffer;
}

/** The size of the scene as a viewer sees it. Its sides differ and are odd, so that mistakes do not cancel each other out. */
export const SCENE = { width: 121, height: 81 } as const;

/** The frames of the animated inputs. */
export const FRAMES = 3;

/** Returns a picture of each kind of file that decoders treat differently. */
export async function testingInputs(): Promise<readonly Input[]> {
  const [photo, clear, roll] = [await scene(), await clearScene(), await frames()];
  const kinds: readonly (readonly [name: string, format: SourceFormat, bytes: Promise<Buffer>])[] = [
    ["JPEG", "jpeg", photo().jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer()],
    ["grey JPEG", "jpeg", photo().toColourspace("b-w").jpeg({ quality: 95 }).toBuffer()],
    ["CMYK JPEG", "jpeg", photo().toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer()],
    ["turned JPEG", "jpeg", turned(photo()).jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer()],
    ["PNG", "png", photo().png().toBuffer()],
    ["PNG with alpha", "png", clear().png().toBuffer()],
    ["PNG of 16 bits", "png", photo().toColourspace("rgb16").png().toBuffer()],
    ["PNG with a palette", "png", photo().png({ palette: true, colours: 64, dither: 0 }).toBuffer()],
    ["grey PNG with alpha", "png", clear().toColourspace("b-w").png().toBuffer()],
    ["PNG in Display P3", "png", photo().withIccProfile("p3").png().toBuffer()],
    [
      "GIF animation",
      "gif",
      roll()
        .gif({ delay: [100, 200, 300] })
        .toBuffer(),
    ],
    [
      "WebP animation",
      "webp",
      roll()
        .webp({ lossless: true, delay: [100, 200, 300] })
        .toBuffer(),
    ],
    ["WebP with alpha", "webp", clear().webp({ quality: 95 }).toBuffer()],
    ["TIFF", "tiff", photo().tiff({ compression: "lzw" }).toBuffer()],
    ["AVIF", "avif", photo().avif({ quality: 90, effort: 1, chromaSubsampling: "4:4:4" }).toBuffer()],
    ["SVG", "svg", Promise.resolve(Buffer.from(DRAWING))],
  ];
  return await Promise.all(
    kinds.map(async ([name, format, bytes]) => ({ name, format, bytes: await bytes })),
  );
}

/** Two files with the same pixels. */
export interface Twins {
  readonly name: string;
  readonly one: Input;
  readonly other: Input;
}

/** Returns pairs of files that look the same, so that every render of them must look the same. */
export async function testingTwins(): Promise<readonly Twins[]> {
  const [photo, clear] = [await scene(), await clearScene()];
  const grey = await photo().toColourspace("b-w").raw().toBuffer();
  const greyAsRgb = Buffer.from([...grey].flatMap((level) => [level, level, level]));
  const png = async (name: string, image: Sharp): Promise<Input> => ({
    name,
    format: "png",
    bytes: await image.png().toBuffer(),
  });
  return [
    {
      name: "8 and 16 bits",
      one: await png("8 bits", photo()),
      other: await png("16 bits", photo().toColourspace("rgb16")),
    },
    {
      name: "grey and RGB",
      one: await png("grey", photo().toColourspace("b-w")),
      other: await png("RGB", sharp(greyAsRgb, { raw: { ...SCENE, channels: 3 } })),
    },
    {
      name: "colours hidden under alpha 0",
      one: await png("black", await hiding(clear(), 0)),
      other: await png("white", await hiding(clear(), 255)),
    },
    {
      name: "upright and turned by EXIF",
      one: await png("upright", photo()),
      other: await png("turned", turned(photo())),
    },
    {
      name: "opaque with and without alpha",
      one: await png("without alpha", photo()),
      other: await png("with alpha", photo().ensureAlpha()),
    },
  ];
}

/** Returns the frames of the animations as stills. */
export async function testingFrames(): Promise<readonly Input[]> {
  const bytes = await Promise.all(Array.from({ length: FRAMES }, (_, index) => frame(index)));
  const pngs = await Promise.all(bytes.map((data) => sharp(data, { raw: RGBA }).png().toBuffer()));
  return pngs.map((png, index) => ({ name: `frame ${index}`, format: "png", bytes: png }));
}

const RGBA = { ...SCENE, channels: 4 } as const;

/** Shapes without text, because fonts differ between machines. */
const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="${SCENE.width}" height="${SCENE.height}" viewBox="0 0 121 81">
  <defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#1d3f72"/><stop offset="1" stop-color="#fbd38d"/></linearGradient></defs>
  <rect x="8" y="6" width="70" height="52" rx="9" fill="url(#g)"/><circle cx="84" cy="48" r="24" fill="#d62839" fill-opacity="0.7"/>
  <path d="M10 74l30-22 16 11 24-30 18 26 16-10v25z" fill="#2a9d8f"/></svg>`;

async function scene(): Promise<() => Sharp> {
  const photo = sharp(await samplePhoto(240)).resize({ ...SCENE, fit: "fill" });
  const data = await photo.removeAlpha().raw().toBuffer();
  return () => sharp(data, { raw: { ...SCENE, channels: 3 } });
}

/** Returns the scene with an alpha channel that fades from the upper left corner, where it is 0. */
async function clearScene(): Promise<() => Sharp> {
  const opaque = await scene();
  const data = await opaque().ensureAlpha().raw().toBuffer();
  for (let index = 0; index < data.length; index += 4) {
    const [x, y] = [(index / 4) % SCENE.width, Math.floor(index / 4 / SCENE.width)];
    data[index + 3] = Math.max(0, Math.min(255, Math.round(3 * (x + y) - 60)));
  }
  return () => sharp(data, { raw: RGBA });
}

/** Gives all transparent pixels one level. */
async function hiding(image: Sharp, level: number): Promise<Sharp> {
  const data = await image.raw().toBuffer();
  for (let index = 0; index < data.length; index += 4)
    if (data[index + 3] === 0) data.fill(level, index, index + 3);
  return sharp(data, { raw: RGBA });
}

/** Turns the pixels and notes in EXIF how to turn them back. */
function turned(image: Sharp): Sharp {
  return image.rotate(270).withMetadata({ orientation: 6 });
}

/** Returns a frame whose colours GIF can hold exactly. Each frame differs from the others. */
async function frame(index: number): Promise<Buffer> {
  const data = Buffer.alloc(SCENE.width * SCENE.height * 4);
  for (let y = 0; y < SCENE.height; y++) {
    for (let x = 0; x < SCENE.width; x++) {
      const isDot = (x - 30 - index * 20) ** 2 + (y - 40) ** 2 < 300;
      const band = Math.floor(x / 16) * 30;
      data.set(
        isDot ? [120, 20, 30, 255] : [band, 200 - band / 2, 90 + index * 40, 255],
        (y * SCENE.width + x) * 4,
      );
    }
  }
  return data;
}

async function frames(): Promise<() => Sharp> {
  const all = await Promise.all(Array.from({ length: FRAMES }, (_, index) => frame(index)));
  const raw = { ...RGBA, height: SCENE.height * FRAMES, pageHeight: SCENE.height };
  return () => sharp(Buffer.concat(all), { raw, animated: true });
}
