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
import { checkOpaque, rgbOf } from "./pixels/opaque_color.ts";

const NONE: ColorRow = [0, 0, 0];
const NOTHING: ColorMatrix = [NONE, NONE, NONE];

/** Mixes every pixel with a colour, as a translucent sheet over the image does. Keeps alpha. */
export const colorize = defineTransform({
  name: "colorize",
  version: 1,
  summary: "Mixes the image with a colour",
  params: {
    color: color({ summary: "The colour" }),
    amount: number({
      min: 0,
      max: 1,
      default: 0.5,
      summary: "How much of the colour: 0 changes nothing, 1 hides the image",
    }),
  },
  examples: ["colorize=8a2be2", "colorize=black,amount:0.3"],
  shorthand: "color",
  check: ({ color }) => checkOpaque("colorize", { color }),
  stage: ({ amount }): readonly StageName[] => (amount === 0 ? [] : COLOR_MATRIX_STAGES),
  frames: "all",
  apply: (image, { color, amount }) =>
    amount === 0
      ? image
      : applyColorMatrix(image, mixMatrices(IDENTITY, NOTHING, amount), mixRows(NONE, rgbOf(color), amount)),
});
