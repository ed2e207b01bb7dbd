import {
  type ArgumentsOf,
  boolean,
  choice,
  color,
  defineTransform,
  image,
  integer,
  number,
  ProgImageError,
  type Size,
  type StepContext,
  COMPASS,
} from "@progimage/core/plugin";
import type { Box } from "./box.ts";
import { type Coverage, cropCoverage, extentOfCoverage, invertCoverage, padCoverage } from "./coverage.ts";
import { cutOut } from "./cut_out.ts";
import { drawShape } from "./draw_shape.ts";
import { featherCoverage } from "./feather_coverage.ts";
import { FITS } from "./mask_layout.ts";
import { placeShape, type PlacedShapeWish } from "./place_shape.ts";
import { CHANNELS, readMaskImage } from "./read_mask_image.ts";
import { SHAPES } from "./shape_outline.ts";

const LONGEST_RADIUS = 8192;

const params = {
  shape: choice(SHAPES, {
    optional: true,
    summary:
      "The shape that is kept, as large as the image allows; ellipse and rounded fill it. This, or an image",
  }),
  image: image({ optional: true, summary: "Another picture that covers what is kept, instead of a shape" }),
  radius: number({
    min: 0,
    max: LONGEST_RADIUS,
    words: ["auto", "max"],
    default: "auto",
    summary: "Radius of the corners of rounded in pixels; auto: a tenth of the short side; max: half of it",
  }),
  topLeft: corner("top left"),
  topRight: corner("top right"),
  bottomRight: corner("bottom right"),
  bottomLeft: corner("bottom left"),
  sides: integer({
    min: 3,
    max: 20,
    optional: true,
    summary: "Corners of a polygon, 6 where not given; points of a star, 5 where not given",
  }),
  inner: number({
    min: 0.05,
    max: 1,
    default: 0.382,
    summary: "Inner radius of a star as a part of the outer one",
  }),
  angle: number({
    min: -360,
    max: 360,
    default: 0,
    summary: "Turns the shape by degrees, clockwise; polygons and stars point up at 0",
  }),
  gravity: choice(COMPASS, {
    default: "center",
    summary: "Where the shape lies, where contain puts the mask image, and what of it cover keeps",
  }),
  fit: choice(FITS, {
    default: "fill",
    summary:
      "How the mask image is scaled to the image. fill: stretched; cover: then cut; contain: then padded",
  }),
  channel: choice(CHANNELS, {
    default: "auto",
    summary:
      "The channel of the mask image: its alpha, or its luma (Rec. 709) times alpha; auto: alpha where it is transparent anywhere",
  }),
  invert: boolean({ default: false, summary: "Keeps what is not covered instead" }),
  feather: number({
    min: 0,
    max: 250,
    default: 0,
    summary: "Softens the edge: sigma of a Gaussian blur in pixels. A shape shrinks to make room for it",
  }),
  background: color({ default: "00000000", summary: "The colour behind the part that is kept" }),
  trim: boolean({ default: false, summary: "Cuts the result to what the mask covers" }),
} as const;

type MaskWish = ArgumentsOf<typeof params>;

/** Keeps the part of an image that a shape or another image covers. */
export const mask = defineTransform({
  name: "mask",
  version: 1,
  summary: "Keeps what a shape or another image covers, and makes the rest transparent",
  params,
  shorthand: "shape",
  examples: [
    "mask=circle",
    "mask=rounded,radius:24",
    "mask=rounded,radius:10,topLeft:60,bottomRight:max",
    "mask=ellipse",
    "mask=polygon",
    "mask=star",
    "mask=heart",
    "mask=image:@mask",
    "mask=image:@mask,invert,feather:5",
  ],
  check: ({ shape, image: other }) => {
    if ((shape === undefined) !== (other === undefined)) return;
    const found = shape === undefined ? "it has neither" : "it has both";
    throw new ProgImageError(
      "invalid_parameter",
      `Cannot read "mask" as it needs a shape or an image: ${found}`,
      { details: { parameter: "shape" } },
    );
  },
  size: (size, wish) => {
    if (!wish.trim) return size;
    if (!hasShape(wish)) return "unknown";
    const { width, height } = shapeBox(size, wish);
    return { width, height };
  },
  apply: async (input, wish, context) => {
    const compute = () => computeMask(wish, context);
    const { box, coverage } = await (context.frames ? context.frames.once(compute) : compute());
    const { background } = wish;
    return await cutOut(input, coverage, { box, background, sharp: context.sharp });
  },
});

function corner(name: string) {
  return number({
    min: 0,
    max: LONGEST_RADIUS,
    words: ["max"],
    optional: true,
    summary: `Radius of the ${name} corner of rounded; that of all corners where not given`,
  });
}

function hasShape(wish: MaskWish): wish is MaskWish & PlacedShapeWish {
  return wish.shape !== undefined;
}

/** Returns the box that a trim keeps. An inverted shape keeps its surroundings, so nothing is trimmed. */
function shapeBox(size: Size, wish: MaskWish & PlacedShapeWish): Box {
  return wish.invert ? { left: 0, top: 0, ...size } : placeShape(size, wish).box;
}

interface Mask {
  /** The part of the image that is kept. */
  readonly box: Box;
  /** The coverage of the box, of the same size. */
  readonly coverage: Coverage;
}

async function computeMask(wish: MaskWish, context: StepContext): Promise<Mask> {
  const { input } = context;
  const covered = hasShape(wish) ? await shapeCoverage(wish, context) : await imageCoverage(wish, context);
  const coverage = wish.invert ? invertCoverage(covered) : covered;
  if (!wish.trim) return { box: { left: 0, top: 0, ...input }, coverage };
  const box = hasShape(wish) ? shapeBox(input, wish) : extentOfCoverage(coverage);
  return { box, coverage: cropCoverage(coverage, box) };
}

async function shapeCoverage(wish: MaskWish & PlacedShapeWish, context: StepContext): Promise<Coverage> {
  const shape = placeShape(context.input, wish);
  const drawn = await featherCoverage(await drawShape(shape, context), wish.feather, context);
  return padCoverage(drawn, shape.box, context.input);
}

async function imageCoverage(wish: MaskWish, context: StepContext): Promise<Coverage> {
  const { image: other } = context.images;
  if (!other) throw new Error('Cannot carry out "mask" as its image is missing');
  return await featherCoverage(await readMaskImage(other, wish, context), wish.feather, context);
}
