import type { Size } from "@progimage/core/plugin";
import { turnedSize } from "./area.ts";

/** What is asked of a mark's size. */
export interface MarkSizeWish {
  /** Its width as a fraction of the picture's; its own where it is not given. */
  readonly scale: number | undefined;
  /** Degrees by which it will be turned. */
  readonly angle: number;
}

/**
 * Computes the size of a mark in pixels, before it is turned. It keeps its proportions, and turned it is larger than the picture in
 * no direction.
 */
export function markSize(picture: Size, mark: Size, { scale, angle }: MarkSizeWish): Size {
  const wished = scale === undefined ? 1 : (picture.width * scale) / mark.width;
  const turned = turnedSize(mark, angle);
  const ratio = Math.min(wished, picture.width / turned.width, picture.height / turned.height);
  return {
    width: Math.max(1, Math.round(mark.width * ratio)),
    height: Math.max(1, Math.round(mark.height * ratio)),
  };
}
