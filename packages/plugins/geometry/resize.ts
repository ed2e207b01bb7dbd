import {
  completeFocalPoint,
  boolean,
  box,
  choice,
  color,
  COMPASS,
  cssColor,
  defineTransform,
  integer,
  length,
  number,
  ProgImageError,
  type Size,
  type StageName,
  type StepContext,
} from "@progimage/core/plugin";
import type { ResizeOptions, Sharp } from "sharp";
import {
  type Anchor,
  anchorParams,
  canvasPosition,
  checkAnchor,
  cutPosition,
  isExact,
  looksAtPixels,
} from "./anchor.ts";
import { ANCHORS } from "./gravity.ts";
import { FITS, resizeLayout, type ResizeLayout, type ResizeWish } from "./resize_layout.ts";
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
    ...anchorParams(
      ANCHORS,
      "The part that cover keeps, and the place of the image in contain; focal: around the image's focal point",
    ),
    background: color({ default: "00000000", summary: "The colour with which contain pads" }),
    enlarge: boolean({ default: false, summary: "Lets small images grow" }),
    minWidth: integer({
      min: 1,
      max: 8192,
      optional: true,
      summary:
        "Least width of the result in pixels: the image grows beyond the box for it, with fit inside and outside",
    }),
    minHeight: integer({
      min: 1,
      max: 8192,
      optional: true,
      summary: "Least height of the result in pixels, likewise",
    }),
    kernel: choice(KERNELS, { default: "lanczos3", summary: "How pixels are interpolated" }),
    dpr: number({
      min: 0.1,
      max: 8,
      default: 1,
      summary: "Multiplies the box, for screens with more pixels",
    }),
  },
  shorthand: box(),
  complete: (args, facts) => (cuts(args.fit) ? completeFocalPoint(args, facts) : {}),
  check: (args) => {
    checkAnchor("resize", args);
    checkSides(args);
  },
  examples: [
    "resize=160x",
    "resize=120x120,fit:cover,gravity:east",
    "resize=160x160,fit:contain,background:navy",
    "resize=90x140,fit:cover,focalX:0.66,focalY:0.3",
    "resize=60x,minHeight:100",
  ],
  size: (size, wish) => {
    const { scaled, result } = resizeLayout(size, wish);
    if (wish.fit !== "cover" || Math.max(scaled.width, scaled.height) <= MOST_SCALED) return result;
    const message = `Cannot cover the box of "resize" as the image, before it is cut, may be at most ${MOST_SCALED} pixels wide and high: it would be ${scaled.width} × ${scaled.height}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "fit" } });
  },
  stage: (wish, { input }): readonly StageName[] | null => {
    const { scaled, result } = resizeLayout(input, wish);
    const scale: readonly StageName[] = isSame(input, scaled) ? [] : ["scale"];
    if (isSame(scaled, result)) return scale;
    if (isExact(wish)) return [...scale, wish.fit === "contain" ? "extend" : "crop"];
    if (wish.fit === "contain") return ["contain"];
    if (!looksAtPixels(wish)) return ["cover"];
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
    if (stages?.length === 1 && stages[0] === "scale")
      return image.resize(output.width, output.height, { fit: "fill", kernel });
    if (isExact(wish)) return placeExactly(image, resizeLayout(input, wish), wish, context);
    if (wish.fit === "contain") {
      return image.resize(output.width, output.height, {
        fit: "contain",
        kernel,
        position: isCompass(gravity) ? gravity : "center",
        background: cssColor(wish.background),
        withoutEnlargement: !wish.enlarge,
      });
    }
    if (looksAtPixels(wish) && (stages === null || context.frames !== null)) {
      return coverInTwoSteps(image, resizeLayout(input, wish), { kernel, gravity }, context);
    }
    return image.resize(output.width, output.height, { fit: "cover", kernel, position: gravity });
  },
});

type ResizeArguments = ResizeWish &
  Anchor & { readonly kernel: (typeof KERNELS)[number]; readonly background: string };

/** Scales, then cuts or pads at the position of an anchor. */
function placeExactly(
  image: Sharp,
  { scaled, result }: ResizeLayout,
  wish: ResizeArguments,
  { input }: Pick<StepContext, "input">,
): Sharp {
  const { fit, kernel, background } = wish;
  const sized = isSame(input, scaled)
    ? image
    : image.resize(scaled.width, scaled.height, { fit: "fill", kernel });
  if (fit !== "contain") return sized.extract({ ...cutPosition(scaled, result, wish), ...result });
  const { left, top } = canvasPosition(result, scaled, wish);
  return sized.extend({
    left,
    top,
    right: result.width - scaled.width - left,
    bottom: result.height - scaled.height - top,
    background: cssColor(background),
  });
}

/** Whether a fit cuts or pads, so that it has a position. */
function cuts(fit: ResizeWish["fit"]): boolean {
  return fit === "cover" || fit === "contain";
}

function isCompass(gravity: Anchor["gravity"]): boolean {
  return COMPASS.some((point) => point === gravity);
}

function checkSides({ width, height, minWidth, minHeight, fit }: ResizeWish): void {
  const least = minWidth === undefined ? minHeight && "minHeight" : "minWidth";
  if (least && fit !== "inside" && fit !== "outside") {
    const message = `Cannot read parameter "${least}" of "resize" as only fit inside and outside have least sides: it has fit ${fit}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: least } });
  }
  if ([width, height, minWidth, minHeight].some((side) => side !== undefined)) return;
  throw new ProgImageError("invalid_parameter", 'Cannot read "resize" as it needs a width or a height', {
    details: { parameter: "width" },
  });
}

/**
 * Finds the position first, then scales and cuts. All frames are cut at the position for the first one, so that the image does not move.
 */
async function coverInTwoSteps(
  image: Sharp,
  layout: ResizeLayout,
  { kernel, gravity }: Pick<ResizeOptions, "kernel"> & Pick<Anchor, "gravity">,
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
