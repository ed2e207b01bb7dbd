import { color, defineTransform, number, type Size } from "@progimage/core/plugin";
import { CHANNELS, type Layer, layerOf } from "./layer.ts";
import { shadowLayout } from "./shadow_layout.ts";
import { softPlane } from "./soft_plane.ts";

/** Puts the image on its own shadow: the outline of what is not transparent, moved and blurred, in a colour. */
export const shadow = defineTransform({
  name: "shadow",
  version: 1,
  summary: "Casts a shadow, for which the image gets as much room as it needs",
  params: {
    sigma: number({
      min: 0,
      max: 100,
      default: 8,
      summary: "How soft it is: standard deviation of a Gaussian blur in pixels",
    }),
    x: number({ min: -1000, max: 1000, default: 0, summary: "How far it lies to the right, in pixels" }),
    y: number({ min: -1000, max: 1000, default: 6, summary: "How far it lies below, in pixels" }),
    color: color({ default: "00000080", summary: "Of the shadow, with its opacity" }),
  },
  examples: ["shadow", "shadow=4,x:10,y:10,color:0b132bc0"],
  shorthand: "sigma",
  size: (size, wish) => shadowLayout(size, wish).canvas,
  apply: async (image, wish, context) => {
    const { sharp, input } = context;
    const layout = shadowLayout(input, wish);
    const layer = await layerOf(image);
    const plane = planeOn(layout.canvas, layer, layout.shadow);
    const soft = await softPlane(plane, layout.canvas, wish.sigma, context);
    const data = coloured(soft, wish.color);
    putOver({ ...layout.canvas, data }, layer, layout.image);
    return sharp(data, { raw: { ...layout.canvas, channels: CHANNELS }, limitInputPixels: false });
  },
});

interface Place {
  readonly left: number;
  readonly top: number;
}

/** Returns the alpha channel of a layer on a larger canvas. */
function planeOn(canvas: Size, layer: Layer, { left, top }: Place): Buffer {
  const plane = Buffer.alloc(canvas.width * canvas.height);
  for (let y = 0; y < layer.height; y++) {
    const to = (top + y) * canvas.width + left;
    const from = y * layer.width * CHANNELS + CHANNELS - 1;
    for (let x = 0; x < layer.width; x++) plane[to + x] = layer.data[from + x * CHANNELS] ?? 0;
  }
  return plane;
}

/** Returns pixels of one colour whose alpha is that of the colour times a plane. */
function coloured(plane: Uint8Array, color: string): Buffer {
  const [red = 0, green = 0, blue = 0, alpha = 255] = Buffer.from(color, "hex");
  const data = Buffer.alloc(plane.length * CHANNELS);
  for (let index = 0; index < plane.length; index++) {
    const value = Math.round(((plane[index] ?? 0) * alpha) / 255);
    // Invisible pixels have no colour.
    if (value === 0) continue;
    const at = index * CHANNELS;
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
    data[at + 3] = value;
  }
  return data;
}

/** Puts a layer over pixels. @see https://www.w3.org/TR/compositing-1/#porterduffcompositingoperators_srcover */
function putOver(below: Layer, layer: Layer, { left, top }: Place): void {
  for (let y = 0; y < layer.height; y++) {
    for (let x = 0; x < layer.width; x++) {
      const from = (y * layer.width + x) * CHANNELS;
      const to = ((top + y) * below.width + left + x) * CHANNELS;
      mixPixel(below.data, to, layer.data, from);
    }
  }
}

function mixPixel(below: Buffer, to: number, above: Buffer, from: number): void {
  const cover = (above[from + 3] ?? 0) / 255;
  if (cover === 0) return;
  const rest = ((below[to + 3] ?? 0) / 255) * (1 - cover);
  const alpha = cover + rest;
  for (let channel = 0; channel < 3; channel++) {
    const mixed = (above[from + channel] ?? 0) * cover + (below[to + channel] ?? 0) * rest;
    below[to + channel] = Math.round(mixed / alpha);
  }
  below[to + 3] = Math.round(alpha * 255);
}
