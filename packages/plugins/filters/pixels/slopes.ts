import type { Size } from "@progimage/core/plugin";

/**
 * Visits each pixel of a plane with its slopes to the right and downwards, by Sobel's kernels divided by 4. A hard edge from 0 to 255 has a
 * slope of 255. Pixels outside the border equal those at the border.
 */
export function visitSlopes(
  plane: Uint8ClampedArray,
  { width, height }: Size,
  visit: (index: number, right: number, down: number) => void,
): void {
  const at = (index: number) => plane[index] ?? 0;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const above = Math.max(y - 1, 0) * width;
    const below = Math.min(y + 1, height - 1) * width;
    for (let x = 0; x < width; x++) {
      const left = Math.max(x - 1, 0);
      const right = Math.min(x + 1, width - 1);
      const leftColumn = at(above + left) + 2 * at(row + left) + at(below + left);
      const rightColumn = at(above + right) + 2 * at(row + right) + at(below + right);
      const upperRow = at(above + left) + 2 * at(above + x) + at(above + right);
      const lowerRow = at(below + left) + 2 * at(below + x) + at(below + right);
      visit(row + x, (rightColumn - leftColumn) / 4, (lowerRow - upperRow) / 4);
    }
  }
}
