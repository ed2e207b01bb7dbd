import {
  boolean,
  choice,
  defineTransform,
  image,
  integer,
  number,
  type StepContext,
  COMPASS,
} from "@progimage/core/plugin";
import { type Placement, placeInside } from "./placement.ts";
import { turnedSize } from "./area.ts";
import { BLENDS } from "./blend.ts";
import { compose } from "./compose.ts";
import { blankLayer, cutTo, fade, type Layer, layerOf, type PlacedLayer } from "./layer.ts";
import { markSize } from "./mark_size.ts";
import { tile } from "./tile.ts";
import { turnWithin } from "./turn.ts";

const MOST = 16_383;

/** Puts another image on top. The picture keeps its size. */
export const watermark = defineTransform({
  name: "watermark",
  version: 1,
  summary: "Lays another image on top",
  params: {
    image: image({ summary: "The mark" }),
    gravity: choice(COMPASS, { default: "southeast", summary: "Where the mark goes" }),
    x: integer({
      min: -MOST,
      max: MOST,
      default: 0,
      summary: "Pixels from the left or right edge inward; from the middle to the right",
    }),
    y: integer({
      min: -MOST,
      max: MOST,
      default: 0,
      summary: "Pixels from the upper or lower edge inward; from the middle down",
    }),
    scale: number({
      min: 0.01,
      max: 1,
      optional: true,
      summary:
        "Width of the mark as a fraction of the picture's; its own where it is not given. It is shrunk to fit in any case",
    }),
    opacity: number({ min: 0, max: 1, default: 1, summary: "0: cannot be seen; 1: as it is" }),
    angle: number({
      min: -360,
      max: 360,
      default: 0,
      summary: "Degrees by which the mark is turned, clockwise",
    }),
    tile: boolean({ default: false, summary: "Repeats the mark all over the picture" }),
    gap: integer({ min: 0, max: 4096, default: 24, summary: "Pixels between repeated marks" }),
    blend: choice(BLENDS, { default: "over", summary: "How colours of mark and picture mix, as in CSS" }),
  },
  shorthand: "image",
  examples: [
    "watermark=@logo,scale:0.3,x:12,y:12",
    "watermark=@logo,scale:0.2,tile,gap:30,angle:-30,opacity:0.5",
    "watermark=@mask,scale:1,gravity:center,blend:multiply",
  ],
  apply: async (picture, wish, context) => {
    const compute = () => placeMark(wish, context);
    const mark = await (context.frames ? context.frames.once(compute) : compute());
    return compose(picture, mark, wish.blend, context);
  },
});

interface MarkWish extends Placement {
  readonly scale: number | undefined;
  readonly opacity: number;
  readonly angle: number;
  readonly tile: boolean;
  readonly gap: number;
}

async function placeMark(
  wish: MarkWish,
  { images, input: picture }: StepContext,
): Promise<PlacedLayer | null> {
  const mark = images["image"];
  if (!mark) throw new Error("Cannot lay a mark on the picture as it did not come along");
  const { width, height } = markSize(picture, mark, wish);
  const upright = await layerOf(mark.open().resize(width, height, { fit: "fill" }));
  const layer = turned(fade(upright, wish.opacity), wish.angle);
  const placed = { ...layer, ...placeInside(picture, layer, wish) };
  return wish.tile ? tile(picture, placed, wish.gap) : cutTo({ left: 0, top: 0, ...picture }, placed);
}

/** Returns a layer large enough for the rotated one. */
function turned(layer: Layer, angle: number): Layer {
  if (angle % 360 === 0) return layer;
  const size = turnedSize(layer, angle);
  const placed = { ...layer, left: (size.width - layer.width) / 2, top: (size.height - layer.height) / 2 };
  const center = { left: size.width / 2, top: size.height / 2 };
  return turnWithin({ left: 0, top: 0, ...size }, placed, { center, angle }) ?? blankLayer(size);
}
