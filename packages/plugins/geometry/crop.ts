import {
  box,
  choice,
  defineTransform,
  integer,
  ProgImageError,
  type Size,
  type StepContext,
} from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import { type Area, cropArea } from "./crop_area.ts";
import { GRAVITIES, isStrategy, type Position } from "./gravity.ts";

const MOST = 16_383;

/** Cuts a box out of an image. */
export const crop = defineTransform({
  name: "crop",
  version: 1,
  summary: "Cuts a box out of the image",
  params: {
    width: integer({
      min: 1,
      max: MOST,
      optional: true,
      summary: "Width of the box in pixels; all there is where it is not given",
    }),
    height: integer({
      min: 1,
      max: MOST,
      optional: true,
      summary: "Height of the box in pixels; all there is where it is not given",
    }),
    x: integer({
      min: -MOST,
      max: MOST,
      optional: true,
      summary: "Where the box begins, in pixels from the left",
    }),
    y: integer({
      min: -MOST,
      max: MOST,
      optional: true,
      summary: "Where the box begins, in pixels from the top",
    }),
    gravity: choice(GRAVITIES, { default: "center", summary: "What to keep where neither x nor y is given" }),
  },
  shorthand: box(),
  check: ({ width, height, x, y }) => {
    if ([width, height, x, y].some((value) => value !== undefined)) return;
    throw new ProgImageError(
      "invalid_parameter",
      'Cannot read "crop" as it needs a width, a height, x or y',
      {
        details: { parameter: "width" },
      },
    );
  },
  size: (size, wish) => {
    const { width, height } = cropArea(size, wish);
    return { width, height };
  },
  stage: (wish, { input, output }) => {
    if (input.width === output.width && input.height === output.height) return [];
    return looksAtPixels(wish) ? null : ["crop"];
  },
  apply: async (image, wish, context) => {
    if (context.stages?.length === 0) return image;
    const area = cropArea(context.input, wish);
    if (!looksAtPixels(wish)) return image.extract(area);
    const find = () => findArea(context.frames?.open(0) ?? image, area, wish.gravity, context);
    // The instance has given its pixels away: cut them from a copy.
    const position = await (context.frames ? context.frames.once(find) : find());
    return image.clone().extract({ ...area, ...position });
  },
});

function looksAtPixels({
  x,
  y,
  gravity,
}: {
  readonly x?: number;
  readonly y?: number;
  readonly gravity: (typeof GRAVITIES)[number];
}) {
  return x === undefined && y === undefined && isStrategy(gravity);
}

/** sharp looks for the best place only while it covers a box: of full height first, which leaves the scale alone, then of full width. */
async function findArea(
  image: Sharp,
  { width, height }: Area,
  position: string,
  { input, sharp }: Pick<StepContext, "input" | "sharp">,
): Promise<Position> {
  const narrow = await cover(image.clone(), { width, height: input.height }, position);
  const raw = { width: narrow.info.width, height: narrow.info.height, channels: narrow.info.channels };
  const low = await cover(sharp(narrow.data, { raw }), { width, height }, position);
  return { left: -(narrow.info.cropOffsetLeft ?? 0), top: -(low.info.cropOffsetTop ?? 0) };
}

async function cover(image: Sharp, { width, height }: Size, position: string) {
  return await image
    .resize(width, height, { fit: "cover", position })
    .raw()
    .toBuffer({ resolveWithObject: true });
}
