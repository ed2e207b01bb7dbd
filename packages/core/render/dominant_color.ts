/** The low bits of each channel that are ignored when colours are grouped. */
const SHIFT = 4;
const OPAQUE_ENOUGH = 128;

/**
 * Returns the most common colour of RGBA pixels as `#rrggbb`: the mean of the colours in the fullest of 4096 boxes. Nearly transparent
 * pixels are ignored; if all are, the result is white.
 */
export function dominantColor(rgba: Uint8Array): string {
  const counts = new Map<number, [count: number, red: number, green: number, blue: number]>();
  let best: readonly [number, number, number, number] = [1, 255, 255, 255];
  let most = 0;
  for (let offset = 0; offset + 3 < rgba.length; offset += 4) {
    if ((rgba[offset + 3] ?? 0) < OPAQUE_ENOUGH) continue;
    const [red, green, blue] = [rgba[offset] ?? 0, rgba[offset + 1] ?? 0, rgba[offset + 2] ?? 0];
    const box = ((red >> SHIFT) << 8) | ((green >> SHIFT) << 4) | (blue >> SHIFT);
    const sums = counts.get(box) ?? [0, 0, 0, 0];
    counts.set(box, sums);
    sums[0] += 1;
    sums[1] += red;
    sums[2] += green;
    sums[3] += blue;
    if (sums[0] > most) {
      most = sums[0];
      best = sums;
    }
  }
  const [count, ...channels] = best;
  return `#${channels
    .map((sum) =>
      Math.round(sum / count)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}
