import type { Size } from "@progimage/core/plugin";
import { turnedSize } from "./area.ts";

/** The requested size of a mark. */
export interface MarkSizeWish {
  /** Its width as a fraction of the picture's. If omitted, its own width. */
  readonly scale: number | undefined;
  /** Degrees by which it will be rotated. */
  readonly angle: number;
}

/** Returns the size of a mark in pixels, before it is rotated. It keeps its proportions, and shrinks to fit the picture when rotated. */
export function markSize(picture: Size, mark: Size, { scale, angle }: MarkSizeWish): Size {
  const wished = scale === undefined ? 1 : (picture.width * scale) / mark.width;
  const turned = turnedSize(mark, angle);
  const ratio = Math.min(wished, picture.width / turned.width, picture.height / turned.height);
  return {
    width: Math.max(1, Math.round(mark.width * ratio)),
    height: Math.max(1, Math.round(mark.height * ratio)),
  };
}
