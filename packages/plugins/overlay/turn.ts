import { type Area, directionOf, pixelsWithin, type Turn, turnedArea } from "./area.ts";
import { blankLayer, CHANNELS, type Layer, type PlacedLayer } from "./layer.ts";

/**
 * Rotates a layer around a point of the picture, and returns the part inside an area of whole pixels. Interpolates linearly between the
 * four nearest pixels, each weighted by its opacity. sharp would also compute the parts outside, which are large: a rotated line of text
 * needs the square of its length.
 */
export function turnWithin(area: Area, layer: PlacedLayer, turn: Turn): PlacedLayer | null {
  if (turn.angle % 360 === 0) throw new RangeError("Cannot turn a layer by nothing");
  const found = turnedArea(layer, turn);
  const { left, top, width, height } = pixelsWithin(area, found);
  if (width === 0 || height === 0) return null;
  const turned = { ...blankLayer({ width, height }), left: area.left + left, top: area.top + top };
  const { cosine, sine } = directionOf(turn.angle);
  const { center } = turn;
  for (let row = 0; row < height; row++) {
    const y = turned.top + row + 0.5 - center.top;
    for (let column = 0; column < width; column++) {
      const x = turned.left + column + 0.5 - center.left;
      const sourceX = center.left + x * cosine + y * sine - layer.left - 0.5;
      const sourceY = center.top - x * sine + y * cosine - layer.top - 0.5;
      sample(layer, sourceX, sourceY, turned.data, (row * width + column) * CHANNELS);
    }
  }
  return turned;
}

/** Writes the interpolated colour of four pixels of a layer, whose centres have integer coordinates. */
function sample({ data, width, height }: Layer, x: number, y: number, target: Buffer, offset: number): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  if (left < -1 || top < -1 || left >= width || top >= height) return;
  const right = x - left;
  const lower = y - top;
  let red = 0;
  let green = 0;
  let blue = 0;
  let alpha = 0;
  for (let corner = 0; corner < 4; corner++) {
    const column = left + (corner & 1);
    const row = top + (corner >> 1);
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    const from = (row * width + column) * CHANNELS;
    const share = (corner & 1 ? right : 1 - right) * (corner >> 1 ? lower : 1 - lower);
    const weight = share * (data[from + 3] ?? 0);
    red += weight * (data[from] ?? 0);
    green += weight * (data[from + 1] ?? 0);
    blue += weight * (data[from + 2] ?? 0);
    alpha += weight;
  }
  if (alpha === 0) return;
  target[offset] = Math.round(red / alpha);
  target[offset + 1] = Math.round(green / alpha);
  target[offset + 2] = Math.round(blue / alpha);
  target[offset + 3] = Math.round(alpha);
}
