import type { Size, StepContext } from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import type { Area, ThumbnailLayout } from "./thumbnail_layout.ts";

/**
 * Returns the part of a scaled image that a strategy keeps. Searches the image before scaling: an enlargement has no more detail, and
 * searching it takes half a minute if the image is long and narrow.
 */
export async function findArea(
  image: Sharp,
  { scaled, result }: ThumbnailLayout,
  strategy: "attention" | "entropy",
  { input }: Pick<StepContext, "input">,
): Promise<Area> {
  const box = {
    width: between(1, (result.width * input.width) / scaled.width, input.width),
    height: between(1, (result.height * input.height) / scaled.height, input.height),
  };
  const { left, top } = await findBox(image, box, strategy);
  return {
    left: between(0, (left * scaled.width) / input.width, scaled.width - result.width),
    top: between(0, (top * scaled.height) / input.height, scaled.height - result.height),
    ...result,
  };
}

/** The box is as wide or as high as the image, so sharp covers it without scaling. */
async function findBox(
  image: Sharp,
  { width, height }: Size,
  strategy: string,
): Promise<{ readonly left: number; readonly top: number }> {
  const { info } = await image
    .clone()
    .resize(width, height, { fit: "cover", position: strategy })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { left: -(info.cropOffsetLeft ?? 0), top: -(info.cropOffsetTop ?? 0) };
}

function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(Math.round(value), least), most);
}
