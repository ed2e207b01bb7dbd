import { color, defineTransform, number, type StepContext } from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import type { Area } from "./crop_area.ts";
import { cornerColor, type Premultiplied, premultiply, type RawPixels, trimBox } from "./trim_box.ts";

interface TrimWish {
  readonly threshold: number;
  readonly background: string | undefined;
}

/**
 * Removes borders of one colour. sharp's own trim treats transparent pixels of different hidden colours as content, and rejects images with
 * a side of less than three pixels.
 */
export const trim = defineTransform({
  name: "trim",
  version: 1,
  summary: "Removes borders of one colour; an image that is nothing else stays as it is",
  params: {
    threshold: number({
      min: 0,
      max: 255,
      default: 10,
      summary: "How much a border's red, green, blue and alpha may differ from its colour",
    }),
    background: color({
      optional: true,
      summary: "The colour of the border; that of the upper left pixel where it is not given",
    }),
  },
  shorthand: "threshold",
  examples: ["trim=80", "resize=160x160,fit:contain,background:navy&trim"],
  size: () => "unknown",
  apply: async (image, wish, { frames, sharp }) => {
    if (frames) {
      const area = await frames.once(() => findInFrames(frames, wish));
      return area === null ? image : image.extract(area);
    }
    const pixels = await takePixels(image);
    const area = trimBox(pixels, colorOf(wish) ?? cornerColor(pixels), wish.threshold);
    const { data, ...raw } = pixels;
    const same = sharp(data, { raw, limitInputPixels: false });
    return area === null ? same : same.extract(area);
  },
});

/** Returns one box for all frames, by the border colour of the first, so that no frame loses content. */
async function findInFrames(
  { count, open }: NonNullable<StepContext["frames"]>,
  wish: TrimWish,
): Promise<Area | null> {
  let color = colorOf(wish);
  let area: Area | null = null;
  for (let index = 0; index < count; index++) {
    const pixels = await takePixels(open(index));
    color ??= cornerColor(pixels);
    area = union(area, trimBox(pixels, color, wish.threshold));
  }
  return area;
}

async function takePixels(image: Sharp): Promise<RawPixels> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

function colorOf({ background }: TrimWish): Premultiplied | null {
  if (background === undefined) return null;
  const [red = 0, green = 0, blue = 0, alpha = 255] = Buffer.from(background, "hex");
  return premultiply([red, green, blue, alpha]);
}

function union(first: Area | null, second: Area | null): Area | null {
  if (first === null || second === null) return first ?? second;
  const left = Math.min(first.left, second.left);
  const top = Math.min(first.top, second.top);
  return {
    left,
    top,
    width: Math.max(first.left + first.width, second.left + second.width) - left,
    height: Math.max(first.top + first.height, second.top + second.height) - top,
  };
}
