import { color, defineTransform, number, type StageName } from "@progimage/core/plugin";
import {
  applyColorMatrix,
  COLOR_MATRIX_STAGES,
  type ColorMatrix,
  type ColorRow,
  IDENTITY,
  mixMatrices,
  mixRows,
} from "./pixels/color_matrix.ts";
import { LUMA_WEIGHTS } from "./pixels/luma.ts";
import { checkOpaque, rgbOf } from "./pixels/opaque_color.ts";

const NONE: ColorRow = [0, 0, 0];

/** Replaces black by one colour, white by another, and each luma between by a mix of the two. */
export const duotone = defineTransform({
  name: "duotone",
  version: 1,
  summary: "Prints the image in two colours",
  params: {
    shadow: color({ default: "1d2b64", summary: "The colour of black" }),
    highlight: color({ default: "f8cdda", summary: "The colour of white" }),
    amount: number({ min: 0, max: 1, default: 1, summary: "How much of it: 0 changes nothing" }),
  },
  examples: ["duotone=shadow:1d2b64,highlight:f8cdda", "duotone=shadow:5b0e2d,highlight:ffd166,amount:0.7"],
  check: ({ shadow, highlight }) => checkOpaque("duotone", { shadow, highlight }),
  stage: ({ amount }): readonly StageName[] => (amount === 0 ? [] : COLOR_MATRIX_STAGES),
  frames: "all",
  apply: (image, { shadow, highlight, amount }) => {
    if (amount === 0) return image;
    const dark = rgbOf(shadow);
    const matrix = mixMatrices(IDENTITY, rampMatrix(dark, rgbOf(highlight)), amount);
    return applyColorMatrix(image, matrix, mixRows(NONE, dark, amount));
  },
});

/** Returns the amount added to the dark colour for each level of red, green and blue. */
function rampMatrix(dark: ColorRow, light: ColorRow): ColorMatrix {
  const row = (index: 0 | 1 | 2): ColorRow => mixRows(NONE, LUMA_WEIGHTS, (light[index] - dark[index]) / 255);
  return [row(0), row(1), row(2)];
}
