import { color, defineTransform, number, opacityOf, ProgImageError } from "@progimage/core/plugin";
import { type Pixels, changePixels } from "./pixels/change_pixels.ts";
import { type ColorRow } from "./pixels/color_matrix.ts";
import { rgbOf } from "./pixels/opaque_color.ts";

/**
 * Lays a linear gradient over an image: from nothing to a colour, so that text stands out. Its line runs as in CSS Images 3, § 3.1: through
 * the centre, and just long enough to reach the corners. Keeps alpha.
 */
export const gradient = defineTransform({
  name: "gradient",
  version: 1,
  summary: "Lays a colour over the image that grows from one side to the other",
  params: {
    color: color({ default: "000000", summary: "The colour at the end, with its opacity" }),
    angle: number({
      min: -360,
      max: 360,
      default: 180,
      summary: "The direction in which it grows, in degrees clockwise from the top: 180 is downwards",
    }),
    start: number({ min: 0, max: 1, default: 0, summary: "Where it begins, as a share of the way" }),
    stop: number({ min: 0, max: 1, default: 1, summary: "Where it has its full strength" }),
  },
  examples: ["gradient=000000c0,start:0.4", "gradient=ff6a00,angle:45"],
  shorthand: "color",
  check: ({ start, stop }) => {
    if (start <= stop) return;
    throw new ProgImageError(
      "invalid_parameter",
      `Cannot read parameter "stop" of "gradient" as it must not be before start, ${start}: it is ${stop}`,
      { details: { parameter: "stop" } },
    );
  },
  apply: async (image, { color, angle, start, stop }, context) => {
    const opacity = opacityOf(color);
    const coverAt = (share: number) =>
      opacity * between(0, (share - start) / (stop - start || Number.EPSILON), 1);
    return await changePixels(image, context, (pixels) =>
      cover(pixels, { coverAt, color: rgbOf(color), angle }),
    );
  },
});

interface Gradient {
  /** Returns how much the colour covers at a share of the way. */
  readonly coverAt: (share: number) => number;
  readonly color: ColorRow;
  readonly angle: number;
}

function cover({ data, width, height, channels }: Pixels, { coverAt, color, angle }: Gradient): void {
  const [red, green, blue] = color;
  const [right, down] = [Math.sin((angle * Math.PI) / 180), -Math.cos((angle * Math.PI) / 180)];
  const length = Math.abs(width * right) + Math.abs(height * down);
  let offset = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const along = (x + 0.5 - width / 2) * right + (y + 0.5 - height / 2) * down;
      const amount = coverAt(along / length + 0.5);
      data[offset] = mix(data[offset] ?? 0, red, amount);
      data[offset + 1] = mix(data[offset + 1] ?? 0, green, amount);
      data[offset + 2] = mix(data[offset + 2] ?? 0, blue, amount);
      offset += channels;
    }
  }
}

function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function mix(from: number, to: number, amount: number): number {
  return from + (to - from) * amount + 0.5;
}
