import {
  boolean,
  choice,
  color,
  defineTransform,
  image,
  number,
  opacityOf,
  ProgImageError,
} from "@progimage/core/plugin";
import { mixInk } from "./ink.ts";
import { FULL_INK, inkLevels, type Pixels } from "./press.ts";
import { dotScreen, pictureScreen, SHAPES } from "./screen.ts";

/** Prints an image in dots of one ink. With black ink on white paper, it keeps its greys when it is scaled down. */
export const halftone = defineTransform({
  name: "halftone",
  version: 1,
  summary: "Prints the image in dots of one ink",
  params: {
    pitch: number({
      min: 2,
      max: 500,
      default: 8,
      summary: "Distance from dot to dot in pixels, or the width of a tile if there is an image for it",
    }),
    angle: number({
      min: -360,
      max: 360,
      default: 45,
      summary: "Degrees by which rows are turned, clockwise",
    }),
    shape: choice(SHAPES, { default: "round", summary: "What dots look like" }),
    color: color({ default: "000000", summary: "The ink" }),
    background: color({ default: "ffffff", summary: "The paper; it may be transparent" }),
    invert: boolean({ default: false, summary: "Prints what is light: for a light ink on dark paper" }),
    image: image({
      optional: true,
      summary: "A tile to print with instead of dots: ink comes first where it is dark",
    }),
  },
  shorthand: "pitch",
  examples: [
    "print.halftone=5",
    "print.halftone=7,angle:15,shape:line,color:1d3557,background:fff8e7",
    "print.halftone=16,angle:0,image:@mask",
  ],
  check: ({ color, background }) => {
    if (color !== background) return;
    const message = `Cannot print as "color" and "background" of "print.halftone" must differ: both are ${color}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "color" } });
  },
  apply: async (picture, wish, { frames, hasAlpha, images, sharp }) => {
    const tile = images["image"];
    const makeScreen = async () => (tile ? await pictureScreen(tile) : dotScreen(wish.shape));
    const screen = await (frames ? frames.once(makeScreen) : makeScreen());
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    const pixels = { ...info, data };
    const isOpaque = !hasAlpha && opacityOf(wish.color) === 1 && opacityOf(wish.background) === 1;
    const raw = { width: info.width, height: info.height, channels: isOpaque ? 3 : 4 } as const;
    const levels = inkLevels(pixels, { ...wish, screen });
    return sharp(colored(pixels, levels, { ...wish, ...raw }), { raw, limitInputPixels: false });
  },
});

interface Inks {
  readonly color: string;
  readonly background: string;
  /** The channels of the result. */
  readonly channels: 3 | 4;
}

/** Returns the pixels of a print: each pixel mixes ink and paper, with the transparency of the image. */
function colored(source: Pixels, levels: Uint8Array, { color, background, channels }: Inks): Buffer {
  const inks = Array.from({ length: FULL_INK + 1 }, (_, level) =>
    mixInk(color, background, level / FULL_INK),
  );
  const palette = Uint8Array.from(inks.flat());
  const printed = Buffer.alloc(levels.length * channels);
  for (let pixel = 0, offset = 0; pixel < levels.length; pixel++, offset += channels) {
    const entry = (levels[pixel] ?? 0) * 4;
    printed[offset] = palette[entry] ?? 0;
    printed[offset + 1] = palette[entry + 1] ?? 0;
    printed[offset + 2] = palette[entry + 2] ?? 0;
    if (channels === 3) continue;
    const alpha = source.channels === 4 ? (source.data[pixel * 4 + 3] ?? 0) : 255;
    printed[offset + 3] = Math.round(((palette[entry + 3] ?? 0) * alpha) / 255);
  }
  return printed;
}
