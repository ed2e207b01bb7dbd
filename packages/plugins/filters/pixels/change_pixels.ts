import type { Size, StepContext } from "@progimage/core/plugin";
import type { Sharp } from "sharp";

/** Pixels in sRGB, 8 bits a channel, row by row: of one frame, or of all frames stacked vertically. */
export interface Pixels extends Size {
  readonly data: Buffer;
  /** 3, or 4 with alpha, which is not premultiplied. */
  readonly channels: number;
}

/** Computes the pixels of an image, lets `change` modify them in place, and opens the result. For steps that declare no stage. */
export async function changePixels(
  image: Sharp,
  { input, sharp }: Pick<StepContext, "input" | "sharp">,
  change: (pixels: Pixels) => void,
): Promise<Sharp> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  change({ data, width, height, channels });
  const isRoll = height > input.height;
  const raw = { width, height, channels, ...(isRoll && { pageHeight: input.height }) };
  return sharp(data, { raw, animated: isRoll, limitInputPixels: false });
}
