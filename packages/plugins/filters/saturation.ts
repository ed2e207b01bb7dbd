import { defineTransform, number, type StageName } from "@progimage/core/plugin";
import {
  applyColorMatrix,
  COLOR_MATRIX_STAGES,
  type ColorMatrix,
  IDENTITY,
  mixMatrices,
} from "./pixels/color_matrix.ts";

/** `saturate(0)`. */
const GREY: ColorMatrix = [
  [0.213, 0.715, 0.072],
  [0.213, 0.715, 0.072],
  [0.213, 0.715, 0.072],
];

/** Moves the colours away from grey or towards it, as `saturate()` of CSS Filter Effects 1 does. */
export const saturation = defineTransform({
  name: "saturation",
  version: 1,
  summary: "Makes colours stronger or paler",
  params: {
    amount: number({
      min: 0,
      max: 10,
      summary: "The factor of the distance from grey: 0 is grey, 1 changes nothing",
    }),
  },
  examples: ["saturation=2", "saturation=0.3"],
  shorthand: "amount",
  stage: ({ amount }): readonly StageName[] => (amount === 1 ? [] : COLOR_MATRIX_STAGES),
  frames: "all",
  apply: (image, { amount }) =>
    amount === 1 ? image : applyColorMatrix(image, mixMatrices(GREY, IDENTITY, amount)),
});
