import { color, defineTransform, number } from "@progimage/core/plugin";
import { type Pixels, changePixels } from "./pixels/change_pixels.ts";
import { checkOpaque, rgbOf } from "./pixels/opaque_color.ts";

/** Steps of the fading's table: finer than 8 bits can show. */
const STEPS = 4096;

/**
 * Fades an image towards its corners. The distance from its centre is measured in ellipses of its own proportions, 1 at the corners. From
 * `radius` on, the colour covers more by a smoothstep, until it reaches `strength` at a further distance of `softness`.
 */
export const vignette = defineTransform({
  name: "vignette",
  version: 1,
  summary: "Fades the image out towards its corners",
  params: {
    strength: number({ min: 0, max: 1, default: 0.6, summary: "How much the colour covers in the end" }),
    radius: number({
      min: 0,
      max: 1,
      default: 0.4,
      summary: "Where it begins: 0 is the middle, 1 the corners",
    }),
    softness: number({
      min: 0,
      max: 1,
      default: 0.6,
      summary: "How far it takes to its full strength, in the unit of radius",
    }),
    color: color({ default: "000000", summary: "The colour at the edges" }),
  },
  examples: ["vignette=0.8", "vignette=1,radius:0.6,softness:0.05,color:fff8e7"],
  shorthand: "strength",
  check: ({ color }) => checkOpaque("vignette", { color }),
  apply: async (image, { strength, radius, softness, color }, context) => {
    const cover = coverTable((distance) => strength * smoothstep((distance - radius) / softness));
    return await changePixels(image, context, (pixels) => blend(pixels, cover, rgbOf(color)));
  },
});

/** Returns the coverage by the square of the distance, so that pixels need no square root. */
function coverTable(cover: (distance: number) => number): Float32Array {
  return Float32Array.from({ length: STEPS + 1 }, (_, index) => cover(Math.sqrt(index / STEPS)));
}

/** A softness of 0 gives a division by zero. */
function smoothstep(value: number): number {
  const clamped = Math.min(Math.max(Number.isNaN(value) ? 0 : value, 0), 1);
  return clamped * clamped * (3 - 2 * clamped);
}

function blend(
  { data, width, height, channels }: Pixels,
  cover: Float32Array,
  [red, green, blue]: readonly [number, number, number],
): void {
  const columns = squares(width);
  const rows = squares(height);
  let offset = 0;
  for (const row of rows) {
    for (const column of columns) {
      const amount = cover[Math.round((row + column) * STEPS)] ?? 0;
      data[offset] = mix(data[offset] ?? 0, red, amount);
      data[offset + 1] = mix(data[offset + 1] ?? 0, green, amount);
      data[offset + 2] = mix(data[offset + 2] ?? 0, blue, amount);
      offset += channels;
    }
  }
}

/** Returns the squares of the distances from the centre of a side, 0.5 at its ends. */
function squares(length: number): Float64Array {
  return Float64Array.from({ length }, (_, index) => ((2 * index + 1) / length - 1) ** 2 / 2);
}

function mix(from: number, to: number, amount: number): number {
  return from + (to - from) * amount + 0.5;
}
