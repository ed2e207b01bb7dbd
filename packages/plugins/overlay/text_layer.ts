import type { StepContext } from "@progimage/core/plugin";
import { type Font, fontDescription, loadFonts, type Weight } from "./fonts.ts";
import { type Layer, layerOf } from "./layer.ts";
import { graphemesOf, textMarkup } from "./text_markup.ts";

/** How a text is laid out. */
export interface TextStyle {
  readonly font: Font;
  readonly weight: Weight;
  /** The font size in pixels. */
  readonly size: number;
  /** The distance between lines in pixels. */
  readonly leading: number;
  /** The width at which lines are wrapped, in pixels. */
  readonly width: number;
  readonly align: "left" | "center" | "right";
  /** The colour as `rrggbb`. */
  readonly color: string;
}

/** A rendered text. */
export interface TextLayer {
  readonly layer: Layer;
  /** Rows above the first line and below the last one, for parts that extend beyond the lines. */
  readonly margin: number;
}

type Tools = Pick<StepContext, "fonts" | "sharp">;

/** The resolution at which a point is a pixel. */
const DPI = 72;
const PANGO_UNITS = 1024;
/** An invisible stroke from the height of capitals to the depth of descenders, which reserves that space. */
const STRUT = '<span alpha="1">|</span>';
/** The most pixels that are drawn to measure a text. */
const TRIAL_PIXELS = 1_000_000;
/** The pixels that may always be drawn. */
const LEAST_PIXELS = 16_000_000;
/** The widest single letter, in ems: U+FDFD takes ten. */
const WIDEST_LETTER = 10;
/** The longest side that cairo draws, with some margin. */
const LONGEST_SIDE = 30_000;

/**
 * Draws a text. A text that would need more than `pixels` is cut off at its end.
 *
 * Lines are one `leading` apart, regardless of their letters. Pango's image is as tall as its ink, so invisible strokes are added above and
 * below. Without them `ace` and `Ågj` would be at different heights.
 */
export async function drawText(
  text: string,
  wish: TextStyle,
  pixels: number,
  tools: Tools,
): Promise<TextLayer> {
  await loadFonts(tools);
  const limit = Math.max(pixels, LEAST_PIXELS);
  const { text: kept, style } = await fit(
    text,
    { ...wish, leading: await crispLeading(wish, tools) },
    limit,
    tools,
  );
  return { layer: await draw(textMarkup(kept), style, tools), margin: style.leading };
}

async function draw(markup: string, style: TextStyle, { sharp }: Tools): Promise<Layer> {
  const { font, weight, size, leading, width, align, color } = style;
  // Values up to 1024 would be read as a factor.
  const height = `line_height="${Math.max(PANGO_UNITS + 1, leading * PANGO_UNITS)}"`;
  const image = sharp({
    text: {
      text: `<span ${height} foreground="#${color}">${STRUT}\n${markup}\n${STRUT}</span>`,
      font: fontDescription(font, weight, size),
      width: Math.max(1, Math.round(width)),
      align,
      wrap: "word-char",
      dpi: DPI,
      rgba: true,
    },
    limitInputPixels: false,
  });
  return await layerOf(image);
}

/** Returns the leading, or one pixel more, so that baselines are not between two rows of pixels. */
async function crispLeading(style: TextStyle, { sharp }: Tools): Promise<number> {
  const font = fontDescription(style.font, style.weight, style.size);
  const [one = 0, two = 0] = await Promise.all(
    ["|", "|\n|"].map(async (text) => {
      const { info } = await sharp({ text: { text, font, dpi: DPI } })
        .raw()
        .toBuffer({ resolveWithObject: true });
      return info.height;
    }),
  );
  const natural = two - one;
  return Math.max(1, natural + 2 * Math.round((style.leading - natural) / 2));
}

/** Shortens a text until it can be drawn in `limit` pixels; a single letter is made smaller instead. */
async function fit(
  text: string,
  style: TextStyle,
  limit: number,
  tools: Tools,
): Promise<{ readonly text: string; readonly style: TextStyle }> {
  let kept = graphemesOf(text);
  for (;;) {
    const shortened = kept.join("");
    const tallest = (kept.length + 2) * style.leading;
    const worst = tallest * Math.max(style.width, WIDEST_LETTER * style.size);
    if (worst <= limit && tallest <= LONGEST_SIDE) return { text: shortened, style };
    const scale = Math.min(1, Math.sqrt(TRIAL_PIXELS / worst), LONGEST_SIDE / tallest);
    const trial = await draw(textMarkup(shortened), scaled(style, scale), tools);
    const pixels = (trial.width * trial.height) / scale ** 2;
    const share = limit / pixels;
    const sideShare = (LONGEST_SIDE * scale) / Math.max(trial.width, trial.height);
    if (share >= 1 && sideShare >= 1) return { text: shortened, style };
    if (kept.length === 1)
      return { text: shortened, style: scaled(style, Math.min(Math.sqrt(share), sideShare)) };
    kept = kept.slice(0, Math.max(1, Math.floor(kept.length * Math.min(share, sideShare, 0.9))));
  }
}

function scaled(style: TextStyle, scale: number): TextStyle {
  const { size, leading, width } = style;
  return {
    ...style,
    size: size * scale,
    leading: Math.max(1, Math.round(leading * scale)),
    width: width * scale,
  };
}
