import { color, cssColor, defineTransform, number, type Size } from "@progimage/core/plugin";

/** The height of the lower border, in multiples of the others: enough space to write on. */
const FOOT = 4;

/** Puts an image on a card like that of an instant camera. */
export const polaroid = defineTransform({
  name: "polaroid",
  version: 1,
  summary: "Puts the image on the card of an instant camera",
  params: {
    border: number({
      min: 0,
      max: 0.5,
      default: 0.06,
      summary: "Width of the upper and side borders, as a share of the image's shorter side",
    }),
    background: color({ default: "fbfaf5", summary: "The card" }),
  },
  shorthand: "border",
  examples: ["print.polaroid", "print.polaroid=0.1,background:fde2e4"],
  size: (size, { border }) => {
    const side = sideOf(size, border);
    return { width: size.width + 2 * side, height: size.height + (1 + FOOT) * side };
  },
  stage: ({ border }, { input }) => (sideOf(input, border) === 0 ? [] : ["extend"]),
  apply: (image, { border, background }, { input }) => {
    const side = sideOf(input, border);
    if (side === 0) return image;
    return image.extend({
      top: side,
      left: side,
      right: side,
      bottom: FOOT * side,
      background: cssColor(background),
    });
  },
});

/** Returns the width of the upper and side borders in pixels. */
function sideOf({ width, height }: Size, border: number): number {
  return Math.round(Math.min(width, height) * border);
}
