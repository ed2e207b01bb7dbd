import type { Size, Position } from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import { type Area, pixelsWithin } from "./area.ts";

/** Pixels to put on a picture: RGBA in sRGB, 8 bits a channel, not premultiplied. */
export interface Layer extends Size {
  readonly data: Buffer;
}

/** A layer with the position of its upper left corner in the picture. */
export interface PlacedLayer extends Layer, Position {}

/** Bytes of a pixel. */
export const CHANNELS = 4;

/** Computes the pixels of an image of any kind. */
export async function layerOf(image: Sharp): Promise<Layer> {
  const { data, info } = await image
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Creates a transparent layer. */
export function blankLayer({ width, height }: Size): Layer {
  return { data: Buffer.alloc(width * height * CHANNELS), width, height };
}

/** Multiplies alpha by an opacity from 0 to 1, in place. */
export function fade<L extends Layer>(layer: L, opacity: number): L {
  const { data } = layer;
  if (opacity === 1) return layer;
  for (let index = 3; index < data.length; index += CHANNELS) {
    data[index] = Math.round((data[index] ?? 0) * opacity);
  }
  return layer;
}

/** Copies a layer into a part of another, without mixing. */
export function copyInto(target: Layer, source: Layer, { left, top }: Position): void {
  const bytes = source.width * CHANNELS;
  for (let row = 0; row < source.height; row++) {
    const to = ((top + row) * target.width + left) * CHANNELS;
    source.data.copy(target.data, to, row * bytes, (row + 1) * bytes);
  }
}

/** Cuts off the parts outside an area. Returns `null` if nothing remains. */
export function cutTo(area: Area, layer: PlacedLayer): PlacedLayer | null {
  const { left, top, width, height } = pixelsWithin(layer, area);
  if (width === 0 || height === 0) return null;
  if (width === layer.width && height === layer.height) return layer;
  const cut = { ...blankLayer({ width, height }), left: layer.left + left, top: layer.top + top };
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * layer.width + left) * CHANNELS;
    layer.data.copy(cut.data, row * width * CHANNELS, from, from + width * CHANNELS);
  }
  return cut;
}
