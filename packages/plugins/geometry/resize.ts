import {
  boolean,
  box,
  choice,
  color,
  cssColor,
  defineTransform,
  integer,
  number,
  ProgImageError,
  type Size,
  type StageName,
  type StepFrames,
} from "@progimage/core/plugin";
import type { ResizeOptions, Sharp } from "sharp";
import { GRAVITIES, isStrategy } from "./gravity.ts";
import { FITS, resizeLayout, type ResizeLayout } from "./resize_layout.ts";

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
  version: 1,
  summary: "Scales the image into a box",
  params: {
    width: integer({
      min: 1,
      max: 8192,
      optional: true,
      summary: "Width of the box in pixels; follows from the height where it is not given",
    }),
    height: integer({
      min: 1,
      max: 8192,
      optional: true,
      summary: "Height of the box in pixels; follows from the width where it is not given",
    }),
    fit: choice(FITS, {
      default: "inside",
      summary:
        "inside: as large as the box allows; outside: as small as covers it; cover: outside, then cut; contain: inside, then padded; fill: stretched",
    }),
    gravity: choice(GRAVITIES, {
      default: "center",
      summary: "What cover keeps, and where contain puts the image",
    }),
    background: color({ default: "00000000", summary: "What contain pads with" }),
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
  size: (size, wish) => resizeLayout(size, wish).result,
  stage: (wish, { input }): readonly StageName[] => {
    const { scaled, result } = resizeLayout(input, wish);
    if (isSame(scaled, result)) return isSame(input, result) ? [] : ["scale"];
    if (wish.fit === "contain") return ["contain"];
    return isStrategy(wish.gravity) ? ["smartCover"] : ["cover"];
  },
  // Larger frames would bleed into each other, and strategies look at all pixels at once.
  frames: (wish, { input }) => {
    const { scaled, result } = resizeLayout(input, wish);
    return isSame(scaled, result) && scaled.width <= input.width && scaled.height <= input.height
      ? "all"
      : "each";
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
    const frames = isStrategy(gravity) ? context.frames : null;
    if (frames) return coverFrame(image, resizeLayout(input, wish), { kernel, position: gravity }, frames);
    return image.resize(output.width, output.height, { fit: "cover", kernel, position: gravity });
  },
});

/** Cuts all frames where the first one asks for it, so that the picture does not tremble. */
async function coverFrame(
  image: Sharp,
  { scaled, result }: ResizeLayout,
  options: Pick<ResizeOptions, "kernel" | "position">,
  frames: StepFrames,
): Promise<Sharp> {
  const { left, top } = await frames.once(async () => {
    const first = frames.open(0).resize(result.width, result.height, { ...options, fit: "cover" });
    const { info } = await first.raw().toBuffer({ resolveWithObject: true });
    return { left: -(info.cropOffsetLeft ?? 0), top: -(info.cropOffsetTop ?? 0) };
  });
  return image.resize(scaled.width, scaled.height, { fit: "fill", kernel: options.kernel }).extract({
    left: Math.min(left, scaled.width - result.width),
    top: Math.min(top, scaled.height - result.height),
    ...result,
  });
}

function isSame(first: Size, second: Size): boolean {
  return first.width === second.width && first.height === second.height;
}
