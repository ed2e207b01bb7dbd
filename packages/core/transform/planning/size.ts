/** Width and height of one page in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Returns a size with width and height swapped. */
export function turnSize({ width, height }: Size): Size {
  return { width: height, height: width };
}

/** Whether two sizes are equal. */
export function equalSizes(first: Size, second: Size): boolean {
  return first.width === second.width && first.height === second.height;
}
