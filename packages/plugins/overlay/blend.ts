import { CHANNELS, type Layer } from "./layer.ts";

/** The blend modes of CSS that mix each channel separately; `over` is `normal` in CSS. */
export const BLENDS = [
  "over",
  "multiply",
  "screen",
  "overlay",
  "darken",
  "lighten",
  "color-dodge",
  "color-burn",
  "hard-light",
  "soft-light",
  "difference",
  "exclusion",
] as const;

export type Blend = (typeof BLENDS)[number];

/** Mixes a channel of the backdrop with one of the layer above, both from 0 to 1. */
type Mix = (below: number, above: number) => number;

/** W3C Compositing and Blending Level 1, § 9.1. */
const MIXES: Readonly<Record<Exclude<Blend, "over">, Mix>> = {
  multiply: (below, above) => below * above,
  screen,
  overlay: (below, above) => hardLight(above, below),
  darken: Math.min,
  lighten: Math.max,
  "color-dodge": (below, above) => (below === 0 ? 0 : Math.min(1, below / (1 - above))),
  "color-burn": (below, above) => (below === 1 ? 1 : 1 - Math.min(1, (1 - below) / above)),
  "hard-light": hardLight,
  "soft-light": softLight,
  difference: (below, above) => Math.abs(below - above),
  exclusion: (below, above) => below + above - 2 * below * above,
};

/**
 * Mixes the colours of a layer with those of a backdrop of the same size. Composited with `over`, the result then equals that of CSS.
 * sharp's own modes are correct for opaque pixels only: they multiply by alpha twice.
 */
export function mixInto(layer: Layer, backdrop: Layer, blend: Exclude<Blend, "over">): Layer {
  const table = tableOf(MIXES[blend]);
  const data = Buffer.from(layer.data);
  for (let offset = 0; offset < data.length; offset += CHANNELS) {
    const opacity = (backdrop.data[offset + 3] ?? 0) / 255;
    for (let channel = offset; channel < offset + 3; channel++) {
      const above = data[channel] ?? 0;
      const mixed = table[(backdrop.data[channel] ?? 0) * 256 + above] ?? 0;
      data[channel] = Math.round(above + (mixed - above) * opacity);
    }
  }
  return { ...layer, data };
}

/** Tabulates all results, as there are only 65,536. */
function tableOf(mix: Mix): Float32Array {
  return Float32Array.from(
    { length: 256 * 256 },
    (_, index) => 255 * mix((index >> 8) / 255, (index & 255) / 255),
  );
}

function screen(below: number, above: number): number {
  return below + above - below * above;
}

function hardLight(below: number, above: number): number {
  return above <= 0.5 ? below * 2 * above : screen(below, 2 * above - 1);
}

function softLight(below: number, above: number): number {
  if (above <= 0.5) return below - (1 - 2 * above) * below * (1 - below);
  const curve = below <= 0.25 ? ((16 * below - 12) * below + 4) * below : Math.sqrt(below);
  return below + (2 * above - 1) * (curve - below);
}
