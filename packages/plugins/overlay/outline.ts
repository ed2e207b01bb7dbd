import { opacityOf } from "@progimage/core/plugin";
import { distancesFrom } from "./distance.ts";
import { blankLayer, CHANNELS, copyInto, type PlacedLayer } from "./layer.ts";

/** The style of an outline. */
export interface OutlineStyle {
  /** The width in pixels; 0 for none. */
  readonly width: number;
  /** `rrggbb` or `rrggbbaa`. */
  readonly color: string;
  /** The opacity of the shapes themselves, from 0 to 1. The outline is not visible through them. */
  readonly opacity: number;
}

/** Returns how many pixels an outline adds to each side. */
export function outlineMargin(width: number): number {
  return Math.ceil(width);
}

/** Draws an outline around the shapes of a layer, with round corners. */
export function outline(shapes: PlacedLayer, { width, color, opacity }: OutlineStyle): PlacedLayer {
  const framed = withMargin(shapes, outlineMargin(width));
  const { data } = framed;
  const alpha = new Uint8Array(framed.width * framed.height);
  for (let pixel = 0; pixel < alpha.length; pixel++) alpha[pixel] = data[pixel * CHANNELS + 3] ?? 0;
  const distances = distancesFrom(alpha, framed.width, framed.height);
  const [red = 0, green = 0, blue = 0] = Buffer.from(color.slice(0, 6), "hex");
  const strength = opacityOf(color);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    const cover = (alpha[pixel] ?? 0) / 255;
    const reach = Math.min(1, Math.max(0, width + 0.75 - (distances[pixel] ?? 0)));
    const shape = cover * opacity;
    const line = (1 - cover) * reach * strength;
    const sum = shape + line;
    if (sum === 0) continue;
    const offset = pixel * CHANNELS;
    data[offset] = Math.round(((data[offset] ?? 0) * shape + red * line) / sum);
    data[offset + 1] = Math.round(((data[offset + 1] ?? 0) * shape + green * line) / sum);
    data[offset + 2] = Math.round(((data[offset + 2] ?? 0) * shape + blue * line) / sum);
    data[offset + 3] = Math.round(sum * 255);
  }
  return framed;
}

function withMargin({ left, top, ...layer }: PlacedLayer, margin: number): PlacedLayer {
  const framed = blankLayer({ width: layer.width + 2 * margin, height: layer.height + 2 * margin });
  copyInto(framed, layer, { left: margin, top: margin });
  return { ...framed, left: left - margin, top: top - margin };
}
