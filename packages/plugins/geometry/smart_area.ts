import type { Size, StepContext, Position } from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import type { ResizeLayout } from "./resize_layout.ts";

/** The part of a step's context that a search needs. */
export type SmartContext = Pick<StepContext, "input" | "sharp">;

/**
 * Returns where a strategy places a box in an image. sharp searches only while it covers a box. It first covers one of full height, which
 * needs no scaling, then one of full width.
 */
export async function findArea(
  image: Sharp,
  { width, height }: Size,
  strategy: string,
  { input, sharp }: SmartContext,
): Promise<Position> {
  const narrow = await cover(image.clone(), { width, height: input.height }, strategy);
  const raw = { width: narrow.info.width, height: narrow.info.height, channels: narrow.info.channels };
  const low = await cover(sharp(narrow.data, { raw, limitInputPixels: false }), { width, height }, strategy);
  return { left: -(narrow.info.cropOffsetLeft ?? 0), top: -(low.info.cropOffsetTop ?? 0) };
}

/**
 * Returns where a strategy cuts an image that is scaled to cover a box. Searches the image before scaling: an enlargement has no more
 * detail, and searching it takes half a minute if the image is long and narrow.
 */
export async function findCover(
  image: Sharp,
  { scaled, result }: ResizeLayout,
  strategy: string,
  context: SmartContext,
): Promise<Position> {
  const { input } = context;
  const box = {
    width: between(1, (result.width * input.width) / scaled.width, input.width),
    height: between(1, (result.height * input.height) / scaled.height, input.height),
  };
  const { left, top } = await findArea(image, box, strategy, context);
  return {
    left: between(0, (left * scaled.width) / input.width, scaled.width - result.width),
    top: between(0, (top * scaled.height) / input.height, scaled.height - result.height),
  };
}

async function cover(image: Sharp, { width, height }: Size, position: string) {
  return await image
    .resize(width, height, { fit: "cover", position })
    .raw()
    .toBuffer({ resolveWithObject: true });
}

function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(Math.round(value), least), most);
}
