import {
  completeFocalPoint,
  box,
  defineTransform,
  length,
  ProgImageError,
  text,
} from "@progimage/core/plugin";
import { anchorParams, checkAnchor, looksAtPixels } from "./anchor.ts";
import { readAspect } from "./aspect.ts";
import { cropArea, type CropWish } from "./crop_area.ts";
import { ANCHORS } from "./gravity.ts";
import { findArea } from "./smart_area.ts";

const MOST = 16_383;

/** Cuts a box out of an image. */
export const crop = defineTransform({
  name: "crop",
  version: 1,
  summary: "Cuts a box out of the image",
  params: {
    width: length({
      min: 1,
      max: MOST,
      optional: true,
      summary: "Width of the box; all there is where it is not given",
    }),
    height: length({
      min: 1,
      max: MOST,
      optional: true,
      summary: "Height of the box; all there is where it is not given",
    }),
    x: length({
      min: -MOST,
      max: MOST,
      optional: true,
      summary: "Where the box begins, from the left",
    }),
    y: length({
      min: -MOST,
      max: MOST,
      optional: true,
      summary: "Where the box begins, from the top",
    }),
    aspect: text({
      maxLength: 16,
      optional: true,
      summary:
        "Width to height, such as 16:9 or 1.5: the largest such box inside the one that the other parameters give",
    }),
    ...anchorParams(
      ANCHORS,
      "The part to keep if neither x nor y is given; focal: around the image's focal point",
    ),
  },
  shorthand: box(),
  examples: [
    "crop=120x120",
    "crop=aspect:1:1,gravity:attention",
    "crop=40pctx60pct,x:50pct,y:10pct",
    "crop=90x120,focalX:0.66,focalY:0.3",
    "crop=150x100,gravity:southwest,offsetX:10pct,offsetY:12",
  ],
  complete: (args, facts) => (isPlaced(args) ? {} : completeFocalPoint(args, facts)),
  check: (args) => {
    const { width, height, x, y, aspect } = args;
    readAspect(aspect, "crop");
    checkAnchor("crop", args);
    if ([width, height, x, y, aspect].some((value) => value !== undefined)) return;
    throw new ProgImageError(
      "invalid_parameter",
      'Cannot read "crop" as it needs a width, a height, x, y or an aspect: it has none',
      { details: { parameter: "width" } },
    );
  },
  size: (size, args) => {
    const { width, height } = cropArea(size, wishOf(args));
    return { width, height };
  },
  stage: (args, { input, output }) => {
    if (input.width === output.width && input.height === output.height) return [];
    return searches(args) ? null : ["crop"];
  },
  apply: async (image, args, context) => {
    if (context.stages?.length === 0) return image;
    const area = cropArea(context.input, wishOf(args));
    if (!searches(args)) return image.extract(area);
    const find = () => findArea(context.frames?.open(0) ?? image, area, args.gravity, context);
    // The instance has already output its pixels, so a copy is cut.
    const position = await (context.frames ? context.frames.once(find) : find());
    return image.clone().extract({ ...area, ...position });
  },
});

type CropArguments = Omit<CropWish, "aspect"> & { readonly aspect: string | undefined };

function wishOf(args: CropArguments): CropWish {
  return { ...args, aspect: readAspect(args.aspect, "crop") };
}

/** Whether the box has a position of its own. */
function isPlaced({ x, y }: Pick<CropWish, "x" | "y">): boolean {
  return x !== undefined || y !== undefined;
}

function searches(args: CropArguments): boolean {
  return !isPlaced(args) && looksAtPixels(args);
}
