import { color, cssColor, defineTransform, number, type StageName } from "@progimage/core/plugin";
import { isQuarterTurn, rotatedSize } from "./rotated_size.ts";

/** Turns an image clockwise. */
export const rotate = defineTransform({
  name: "rotate",
  version: 1,
  summary: "Turns the image clockwise",
  params: {
    angle: number({ min: -360, max: 360, summary: "Degrees, clockwise" }),
    background: color({ default: "00000000", summary: "What fills the corners" }),
  },
  shorthand: "angle",
  size: (size, { angle }) => rotatedSize(size, angle),
  stage: ({ angle }): readonly StageName[] => {
    if (angle % 360 === 0) return [];
    if (angle % 180 === 0) return ["halfTurn"];
    return isQuarterTurn(angle) ? ["quarterTurn"] : ["rotate"];
  },
  apply: (image, { angle, background }) => {
    if (angle % 360 === 0) return image;
    return image.rotate(angle, { background: cssColor(background) });
  },
});
