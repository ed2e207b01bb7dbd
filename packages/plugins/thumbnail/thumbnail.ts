import {
  boolean,
  box,
  choice,
  completeFocalPoint,
  defineTransform,
  integer,
  number,
  ProgImageError,
  type Size,
  type StageName,
  type StepContext,
} from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import { aimOf, GRAVITIES } from "./gravity.ts";
import { findArea } from "./find_area.ts";
import { type Area, areaAround, type ThumbnailLayout, thumbnailLayout } from "./thumbnail_layout.ts";

const MOST = 8192;
/** The largest side to which libvips can enlarge, in pixels. */
const MOST_SCALED = 10_000_000;

/** Scales an image until it covers a box, and cuts off the parts outside. */
export const thumbnail = defineTransform({
  name: "thumbnail",
  version: 1,
  summary: "Fills a box with the part of the image that matters",
  params: {
    width: integer({ min: 1, max: MOST, summary: "Width of the box in pixels" }),
    height: integer({ min: 1, max: MOST, summary: "Height of the box in pixels" }),
    gravity: choice(GRAVITIES, {
      default: "focal",
      summary:
        "The part to keep: a side or corner; attention: what draws the eye; entropy: the part with most detail; focal: the part around the image's focal point, or the center where none is stored",
    }),
    focalX: number({
      min: 0,
      max: 1,
      optional: true,
      summary: "The middle of the part to keep, as a share of the width from the left; comes before gravity",
    }),
    focalY: number({
      min: 0,
      max: 1,
      optional: true,
      summary: "The middle of the part to keep, as a share of the height from the top; comes before gravity",
    }),
    enlarge: boolean({
      default: true,
      summary:
        "Lets small images grow to fill the box; else they give the largest box of its proportions that they can",
    }),
    dpr: number({
      min: 0.1,
      max: 8,
      default: 1,
      summary: "Multiplies the box, for screens with more pixels",
    }),
  },
  shorthand: box(),
  examples: [
    "thumbnail=120x120",
    "thumbnail=120x120,gravity:attention",
    "thumbnail=80x150,focalX:0.27,focalY:0.8",
  ],
  complete: completeFocalPoint,
  size: (size, wish) => {
    const { scaled, result } = thumbnailLayout(size, wish);
    if (Math.max(scaled.width, scaled.height) <= MOST_SCALED) return result;
    const message = `Cannot make "thumbnail" as the image, before it is cut, may be at most ${MOST_SCALED} pixels wide and high: it would be ${scaled.width} × ${scaled.height}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "enlarge" } });
  },
  stage: (wish, { input }): readonly StageName[] | null => {
    const { scaled, result } = thumbnailLayout(input, wish);
    const isScaled = !isSame(input, scaled);
    if (isSame(scaled, result)) return isScaled ? ["scale"] : [];
    if (aimOf(wish).kind === "point") return isScaled ? ["scale", "crop"] : ["crop"];
    return grows(input, scaled) ? null : ["smartCover"];
  },
  scaledSize: (size, wish) => thumbnailLayout(size, wish).scaled,
  // Enlarged frames would blend into each other, and a cut would extend over all of them.
  frames: (wish, { input }) => {
    const { scaled, result } = thumbnailLayout(input, wish);
    return isSame(scaled, result) && !grows(input, scaled) ? "all" : "each";
  },
  apply: async (image, wish, context) => {
    const { input, output, stages, frames } = context;
    if (stages?.length === 0) return image;
    if (stages?.length === 1 && stages[0] === "scale") return scale(image, output);
    const layout = thumbnailLayout(input, wish);
    const aim = aimOf(wish);
    if (aim.kind === "point") return scaleAndCut(image, layout, areaAround(aim, layout), context);
    if (stages?.includes("smartCover") && !frames) {
      return image.resize(output.width, output.height, { fit: "cover", position: aim.strategy });
    }
    const find = () => findArea(frames?.open(0) ?? image, layout, aim.strategy, context);
    // All frames are cut at the position for the first one, so that the image does not move.
    const area = await (frames ? frames.once(find) : find());
    return scaleAndCut(image.clone(), layout, area, context);
  },
});

function scaleAndCut(
  image: Sharp,
  { scaled }: ThumbnailLayout,
  area: Area,
  { input }: Pick<StepContext, "input">,
): Sharp {
  return isSame(input, scaled) ? image.extract(area) : scale(image, scaled).extract(area);
}

function scale(image: Sharp, { width, height }: Size): Sharp {
  return image.resize(width, height, { fit: "fill" });
}

function isSame(first: Size, second: Size): boolean {
  return first.width === second.width && first.height === second.height;
}

function grows(input: Size, scaled: Size): boolean {
  return scaled.width > input.width || scaled.height > input.height;
}
