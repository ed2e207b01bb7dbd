import type { Size } from "@progimage/core/plugin";
import { blankLayer, CHANNELS, type PlacedLayer } from "./layer.ts";

/** Repeats a layer over a whole picture, with one of the copies at its own position. `gap` is in pixels. */
export function tile(size: Size, { data, width, height, left, top }: PlacedLayer, gap: number): PlacedLayer {
  const columns = width + gap;
  const rows = height + gap;
  const whole = blankLayer(size);
  const bytes = size.width * CHANNELS;
  for (let y = 0; y < size.height; y++) {
    const row = remainder(y - top, rows);
    if (row >= height) continue;
    if (y >= rows) {
      whole.data.copyWithin(y * bytes, (y - rows) * bytes, (y - rows + 1) * bytes);
      continue;
    }
    const pixels = data.subarray(row * width * CHANNELS, (row + 1) * width * CHANNELS);
    const start = remainder(-left, columns) * CHANNELS;
    repeat(pixels, columns, size.width).copy(whole.data, y * bytes, start, start + bytes);
  }
  return { ...whole, left: 0, top: 0 };
}

/** Repeats a row of pixels, each time followed by a gap. A line of `width` pixels can then begin at any offset of one repetition. */
function repeat(pixels: Buffer, columns: number, width: number): Buffer {
  const line = Buffer.alloc((width + columns) * CHANNELS);
  pixels.copy(line);
  for (let filled = columns * CHANNELS; filled < line.length; filled *= 2) {
    line.copyWithin(filled, 0, Math.min(filled, line.length - filled));
  }
  return line;
}

function remainder(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
