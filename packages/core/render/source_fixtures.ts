import sharp from "sharp";

/** A small image made in code. */
export interface SourceFixture {
  readonly name: string;
  readonly format: "png" | "jpeg" | "gif" | "webp" | "tiff";
  readonly bytes: Buffer;
}

/** The size of {@linkcode stillFixtures} as a viewer sees them. Odd and unequal, so that no mistake cancels itself out. */
export const FIXTURE_SIZE = { width: 97, height: 61 } as const;

const { width: WIDTH, height: HEIGHT } = FIXTURE_SIZE;

/** Smooth colours and one bright corner: no two mirrors or turns look alike, and scaling changes little. */
export function gradient(width: number, height: number, channels: 3 | 4, phase = 0): Buffer {
  const pixels = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const offset = (y * width + x) * channels;
      const isCorner = x < width / 4 && y < height / 3;
      pixels[offset] = isCorner ? 250 : Math.round((x / width) * 200);
      pixels[offset + 1] = isCorner ? 240 : Math.round((y / height) * 220);
      pixels[offset + 2] = Math.round(128 + 100 * Math.sin((x + 2 * y) / 14 + phase));
      if (channels === 4)
        pixels[offset + 3] = Math.round(255 * Math.min(1, 0.2 + (x + y) / (width + height)));
    }
  }
  return pixels;
}

/** Gives stills of all kinds of channels, depths, spaces, profiles and orientations that make sharp behave differently. */
export async function stillFixtures(): Promise<readonly SourceFixture[]> {
  const rgb = () => sharp(gradient(WIDTH, HEIGHT, 3), { raw: { ...FIXTURE_SIZE, channels: 3 } });
  const rgba = () => sharp(gradient(WIDTH, HEIGHT, 4), { raw: { ...FIXTURE_SIZE, channels: 4 } });
  const kinds: readonly (readonly [string, SourceFixture["format"], Promise<Buffer>])[] = [
    ["rgb", "png", rgb().png().toBuffer()],
    ["rgba", "png", rgba().png().toBuffer()],
    ["grey", "png", rgb().toColourspace("b-w").png().toBuffer()],
    ["grey with alpha", "png", rgba().toColourspace("b-w").png().toBuffer()],
    ["rgba of 16 bits", "png", rgba().toColourspace("rgb16").png().toBuffer()],
    ["p3 of 16 bits", "png", rgb().toColourspace("rgb16").withIccProfile("p3").png().toBuffer()],
    ["p3", "png", rgb().withIccProfile("p3").png().toBuffer()],
    ["cmyk", "tiff", rgb().toColourspace("cmyk").tiff({ compression: "lzw" }).toBuffer()],
    [
      "turned",
      "png",
      rgb()
        .rotate(90)
        .png()
        .toBuffer()
        .then((bytes) => sharp(bytes).withMetadata({ orientation: 8 }).png().toBuffer()),
    ],
  ];
  return await Promise.all(
    kinds.map(async ([name, format, bytes]) => ({ name, format, bytes: await bytes })),
  );
}

/** The frames of {@linkcode animationFixture}. */
export const ANIMATION = { width: 40, height: 28, pages: 4, delay: [50, 100, 150, 200], loop: 3 } as const;

/** Gives an animation whose frames all differ, and whose tops and bottoms do too. */
export async function animationFixture(format: "gif" | "webp"): Promise<SourceFixture> {
  const { width, height, pages, delay, loop } = ANIMATION;
  const frames = Array.from({ length: pages }, (_, index) => gradient(width, height, 4, index * 1.5));
  const raw = { width, height: height * pages, channels: 4 as const, pageHeight: height };
  const roll = sharp(Buffer.concat(frames), { raw, animated: true });
  const playback = { delay: [...delay], loop };
  const bytes = await (
    format === "gif" ? roll.gif(playback) : roll.webp({ lossless: true, ...playback })
  ).toBuffer();
  return { name: `animated ${format}`, format, bytes };
}
