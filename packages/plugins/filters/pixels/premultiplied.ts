import type { Pixels } from "./change_pixels.ts";

/** Multiplies the colours by alpha, so that colours of transparent pixels do not count. Needs four channels. */
export function premultiply({ data }: Pixels): void {
  for (let offset = 0; offset < data.length; offset += 4) {
    const share = (data[offset + 3] ?? 0) / 255;
    data[offset] = (data[offset] ?? 0) * share + 0.5;
    data[offset + 1] = (data[offset + 1] ?? 0) * share + 0.5;
    data[offset + 2] = (data[offset + 2] ?? 0) * share + 0.5;
  }
}

/** Divides the colours by alpha again. Transparent pixels become black. Needs four channels. */
export function unpremultiply({ data }: Pixels): void {
  for (let offset = 0; offset < data.length; offset += 4) {
    const alpha = data[offset + 3] ?? 0;
    const factor = alpha === 0 ? 0 : 255 / alpha;
    data[offset] = Math.min((data[offset] ?? 0) * factor + 0.5, 255);
    data[offset + 1] = Math.min((data[offset + 1] ?? 0) * factor + 0.5, 255);
    data[offset + 2] = Math.min((data[offset + 2] ?? 0) * factor + 0.5, 255);
  }
}
