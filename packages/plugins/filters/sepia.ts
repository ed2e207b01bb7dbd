import { defineTransform, number, type StageName } from "@progimage/core/plugin";
import {
  applyColorMatrix,
  COLOR_MATRIX_STAGES,
  type ColorMatrix,
  IDENTITY,
  mixMatrices,
} from "./pixels/color_matrix.ts";

/** `sepia(1)`. */
const BROWN: ColorMatrix = [
  [0.393, 0.769, 0.189],
  [0.349, 0.686, 0.168],
  [0.272, 0.534, 0.131],
];

/** Tones the image as `sepia()` of CSS Filter Effects 1 does. */
export const sepia = defineTransform({
  name: "sepia",
  version: 1,
  summary: "Tones the image brown",
  params: {
    amount: number({ min: 0, max: 1, default: 1, summary: "How much of it: 0 changes nothing" }),
  },
  examples: ["sepia", "sepia=0.5"],
  shorthand: "amount",
  stage: ({ amount }): readonly StageName[] => (amount === 0 ? [] : COLOR_MATRIX_STAGES),
  frames: "all",
  apply: (image, { amount }) =>
    amount === 0 ? image : applyColorMatrix(image, mixMatrices(IDENTITY, BROWN, amount)),
});
