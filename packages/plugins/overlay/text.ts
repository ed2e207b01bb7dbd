import {
  boolean,
  choice,
  color,
  defineTransform,
  integer,
  number,
  text as textParam,
  COMPASS,
} from "@progimage/core/plugin";
import { FONTS, WEIGHTS } from "./fonts.ts";
import { compose } from "./compose.ts";
import { checkGlyphs } from "./missing_glyphs.ts";
import { textBlock } from "./text_block.ts";
import { cleanText } from "./text_markup.ts";

const MOST = 16_383;

/** Draws a text on top. The picture keeps its size. */
export const text = defineTransform({
  name: "text",
  version: 2,
  summary: "Writes a text on top",
  params: {
    text: textParam({
      maxLength: 1000,
      summary:
        "The text, in any direction, with line feeds and emoji; no markup. Refused if no font of the server has a glyph for a character",
    }),
    size: integer({ min: 1, max: 1000, default: 48, summary: "Of the font, in pixels" }),
    color: color({ default: "ffffff", summary: "Of the letters" }),
    font: choice(FONTS, { default: "sans", summary: "Noto Sans, Noto Serif or Noto Sans Mono" }),
    weight: choice(WEIGHTS, { default: "regular", summary: "How thick strokes are" }),
    outline: number({
      min: 0,
      max: 100,
      default: 0,
      summary: "How far an outline reaches, in pixels; 0 for none",
    }),
    outlineColor: color({ default: "000000", summary: "Of the outline" }),
    box: boolean({ default: false, summary: "Puts the text on a box" }),
    boxColor: color({ default: "00000080", summary: "Of the box" }),
    padding: integer({
      min: 0,
      max: 1000,
      optional: true,
      summary: "Pixels around the text, with or without a box; a quarter of the size where it is not given",
    }),
    gravity: choice(COMPASS, { default: "south", summary: "Where the text goes" }),
    x: integer({
      min: -MOST,
      max: MOST,
      default: 0,
      summary: "Pixels from the left or right edge inward; from the middle to the right",
    }),
    y: integer({
      min: -MOST,
      max: MOST,
      default: 0,
      summary: "Pixels from the upper or lower edge inward; from the middle down",
    }),
    width: integer({
      min: 1,
      max: MOST,
      optional: true,
      summary: "Where lines are wrapped, in pixels; at the picture's edges where it is not given",
    }),
    align: choice(["left", "center", "right"], {
      default: "center",
      summary: "How lines of unequal length stand",
    }),
    lineHeight: number({
      min: 0.5,
      max: 5,
      default: 1.3,
      summary: "From line to line, as a multiple of the size; rounded to sharp rows of pixels",
    }),
    opacity: number({ min: 0, max: 1, default: 1, summary: "Of everything: 0: cannot be seen; 1: as it is" }),
    angle: number({ min: -360, max: 360, default: 0, summary: "Degrees by which it is turned, clockwise" }),
  },
  shorthand: "text",
  examples: [
    "text=Above the lake,size:24,weight:bold,outline:2",
    "text=© 2026 ProgImage,size:14,box,gravity:southeast,font:mono",
    "text=مرحبا بالعالم 🎈,size:28,gravity:center,angle:-8",
  ],
  apply: async (image, wish, context) => {
    const clean = cleanText(wish.text);
    if (clean === null) return image;
    await checkGlyphs(clean, context);
    const { size, box, boxColor, padding = Math.round(size / 4) } = wish;
    const style = { ...wish, padding, leading: size * wish.lineHeight, boxColor: box ? boxColor : null };
    const compute = () => textBlock(clean, style, context.input, context);
    const block = await (context.frames ? context.frames.once(compute) : compute());
    return compose(image, block, "over", context);
  },
});
