/** Width and height in pixels, of one page. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Gives the same size lying on its side. */
export function turnSize({ width, height }: Size): Size {
  return { width: height, height: width };
}

/** Tells whether two sizes are the same. */
export function equalSizes(first: Size, second: Size): boolean {
  return first.width === second.width && first.height === second.height;
}
