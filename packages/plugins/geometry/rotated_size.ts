import type { Size } from "@progimage/core/plugin";

/** Whether an angle in degrees exactly swaps width and height. */
export function isQuarterTurn(angle: number): boolean {
  return Math.abs(angle % 180) === 90;
}

/** Returns the size of the smallest upright box around a rotated image, rounded as libvips does. */
export function rotatedSize(size: Size, angle: number): Size {
  if (angle % 180 === 0) return size;
  if (isQuarterTurn(angle)) return { width: size.height, height: size.width };
  const radians = (angle / 360) * 2 * Math.PI;
  const cosine = Math.cos(radians);
  const sine = Math.sin(radians);
  const { width, height } = size;
  const corners = [
    [0, 0],
    [width, 0],
    [0, height],
    [width, height],
  ] as const;
  return {
    width: extent(corners.map(([x, y]) => x * cosine - y * sine)),
    height: extent(corners.map(([x, y]) => x * sine + y * cosine)),
  };
}

function extent(values: readonly number[]): number {
  return Math.max(1, Math.floor(Math.max(...values) - Math.min(...values) + 0.5));
}
