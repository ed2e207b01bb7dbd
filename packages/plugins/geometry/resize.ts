import {
  boolean,
  box,
  choice,
  color,
  cssColor,
  defineTransform,
  length,
  number,
  ProgImageError,
  type Size,
  type StageName,
  type StepContext,
} from "@progimage/core/plugin";
import type { ResizeOptions, Sharp } from "sharp";
import { GRAVITIES, type Gravity, isStrategy } from "./gravity.ts";
import { FITS, resizeLayout, type ResizeLayout } from "./resize_layout.ts";
import { findCover } from "./smart_area.ts";

/** The largest side to which libvips can enlarge, in pixels. */
const MOST_SCALED = 10_000_000;

const KERNELS = [
  "nearest",
  "linear",
  "cubic",
  "mitchell",
  "lanczos2",
  "lanczos3",
  "mks2013",
  "mks2021",
] as const;

/** Scales an image into a box. */
export const resize = defineTransform({
  name: "resize",
  version: 2,
  summary: "Scales the image into a box",
  params: {
    width: length({
      min: 1,
      max: 8192,
      optional: true,
      summary: "Width of the box; follows from the height where it is not given",
    }),
    height: length({
      min: 1,
      max: 8192,
      optional: true,
      summary: "Height of the box; follows from the width where it is not given",
    }),
    fit: choice(FITS, {
      default: "inside",
      summary:
        "inside: as large as the box allows; outside: as small as covers it; cover: outside, then cut; contain: inside, then padded; fill: stretched",
    }),
    gravity: choice(GRAVITIES, {
      default: "center",
      summary: "The part that cover keeps, and the place of the image in contain",
    }),
    background: color({ default: "00000000", summary: "The colour with which contain pads" }),
    enlarge: boolean({ default: false, summary: "Lets small images grow" }),
    kernel: choice(KERNELS, { default: "lanczos3", summary: "How pixels are interpolated" }),
    dpr: number({
      min: 0.1,
      max: 8,
      default: 1,
      summary: "Multiplies the box, for screens with more pixels",
    }),
  },
  shorthand: box(),
  check: ({ width, height }) => {
    if (width !== undefined || height !== undefined) return;
    throw new ProgImageError("invalid_parameter", 'Cannot read "resize" as it needs a width or a height', {
      details: { parameter: "width" },
    });
  },
  examples: [
    "resize=160x",
    "resize=120x120,fit:cover,gravity:east",
    "resize=160x160,fit:contain,background:navy",
  ],
  size: (size, wish) => {
    const { scaled, result } = resizeLayout(size, wish);
    if (wish.fit !== "cover" || Math.max(scaled.width, scaled.height) <= MOST_SCALED) return result;
    const message = `Cannot cover the box of "resize" as the image, before it is cut, may be at most ${MOST_SCALED} pixels wide and high: it would be ${scaled.width} × ${scaled.height}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "fit" } });
  },
  stage: (wish, { input }): readonly StageName[] | null => {
    const { scaled, result } = resizeLayout(input, wish);
    if (isSame(scaled, result)) return isSame(input, result) ? [] : ["scale"];
    if (wish.fit === "contain") return ["contain"];
    if (!isStrategy(wish.gravity)) return ["cover"];
    return grows(input, scaled) ? null : ["smartCover"];
  },
  scaledSize: (size, wish) => resizeLayout(size, wish).scaled,
  // Enlarged frames would blend into each other, and strategies examine all pixels at once.
  frames: (wish, { input }) => {
    const { scaled, result } = resizeLayout(input, wish);
    return isSame(scaled, result) && !grows(input, scaled) ? "all" : "each";
  },
  apply: (image, wish, context) => {
    const { kernel, gravity } = wish;
    const { input, output, stages } = context;
    if (stages?.length === 0) return image;
    if (stages?.includes("scale")) return image.resize(output.width, output.height, { fit: "fill", kernel });
    if (wish.fit === "contain") {
      const position = isStrategy(gravity) ? "center" : gravity;
      const background = cssColor(wish.background);
      return image.resize(output.width, output.height, {
        fit: "contain",
        kernel,
        position,
        background,
        withoutEnlargement: !wish.enlarge,
      });
    }
    if (isStrategy(gravity) && (stages === null || context.frames !== null)) {
      return coverInTwoSteps(image, resizeLayout(input, wish), { kernel, gravity }, context);
    }
    return image.resize(output.width, output.height, { fit: "cover", kernel, position: gravity });
  },
});

/**
 * Finds the position first, then scales and cuts. All frames are cut at the position for the first one, so that the image does not move.
 */
async function coverInTwoSteps(
  image: Sharp,
  layout: ResizeLayout,
  { kernel, gravity }: Pick<ResizeOptions, "kernel"> & { readonly gravity: Gravity },
  context: StepContext,
): Promise<Sharp> {
  const { frames } = context;
  const find = () => findCover(frames?.open(0) ?? image, layout, gravity, context);
  const position = await (frames ? frames.once(find) : find());
  const { scaled, result } = layout;
  return image
    .clone()
    .resize(scaled.width, scaled.height, { fit: "fill", kernel })
    .extract({ ...position, ...result });
}

function isSame(first: Size, second: Size): boolean {
  return first.width === second.width && first.height === second.height;
}

function grows(input: Size, scaled: Size): boolean {
  return scaled.width > input.width || scaled.height > input.height;
}
