import { defineTransform, number, type StageName } from "@progimage/core/plugin";
import { applyColorMatrix, COLOR_MATRIX_STAGES, type ColorMatrix } from "./pixels/color_matrix.ts";

/** Rotates the hues, as `hue-rotate()` of CSS Filter Effects 1 does. */
export const hue = defineTransform({
  name: "hue",
  version: 1,
  summary: "Turns the colours around the colour circle",
  params: {
    angle: number({
      min: -360,
      max: 360,
      summary: "Degrees: 120 makes red green, green blue and blue red",
    }),
  },
  examples: ["hue=90", "hue=180"],
  shorthand: "angle",
  stage: ({ angle }): readonly StageName[] => (angle % 360 === 0 ? [] : COLOR_MATRIX_STAGES),
  frames: "all",
  apply: (image, { angle }) => (angle % 360 === 0 ? image : applyColorMatrix(image, hueMatrix(angle))),
});

function hueMatrix(degrees: number): ColorMatrix {
  const radians = (degrees / 180) * Math.PI;
  const cos = Math.cos(radians);
  const sin = Math.sin(radians);
  return [
    [0.213 + cos * 0.787 - sin * 0.213, 0.715 - cos * 0.715 - sin * 0.715, 0.072 - cos * 0.072 + sin * 0.928],
    [0.213 - cos * 0.213 + sin * 0.143, 0.715 + cos * 0.285 + sin * 0.14, 0.072 - cos * 0.072 - sin * 0.283],
    [0.213 - cos * 0.213 - sin * 0.787, 0.715 - cos * 0.715 + sin * 0.715, 0.072 + cos * 0.928 + sin * 0.072],
  ];
}
