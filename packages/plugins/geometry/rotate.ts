import { color, cssColor, defineTransform, number, type StageName } from "@progimage/core/plugin";
import { isQuarterTurn, rotatedSize } from "./rotated_size.ts";

/** Rotates an image clockwise. */
export const rotate = defineTransform({
  name: "rotate",
  version: 1,
  summary: "Turns the image clockwise",
  params: {
    angle: number({
      min: -360,
      max: 360,
      words: ["auto"],
      summary: "Degrees, clockwise; auto: as the camera noted it, which is done for every image anyhow",
    }),
    background: color({ default: "00000000", summary: "The colour of the corners" }),
  },
  shorthand: "angle",
  examples: ["rotate=90", "rotate=-12", "rotate=30,background:white"],
  size: (size, { angle }) => rotatedSize(size, degrees(angle)),
  stage: ({ angle }): readonly StageName[] => {
    if (degrees(angle) % 360 === 0) return [];
    if (degrees(angle) % 180 === 0) return ["halfTurn"];
    return isQuarterTurn(degrees(angle)) ? ["quarterTurn"] : ["rotate"];
  },
  apply: (image, { angle, background }) => {
    if (degrees(angle) % 360 === 0) return image;
    return image.rotate(degrees(angle), { background: cssColor(background) });
  },
});

/** EXIF orientation is applied before the first step, so `auto` changes nothing. */
function degrees(angle: number | "auto"): number {
  return angle === "auto" ? 0 : angle;
}
