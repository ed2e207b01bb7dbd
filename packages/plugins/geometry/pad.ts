import {
  completeFocalPoint,
  choice,
  color,
  cssColor,
  defineTransform,
  integer,
  ProgImageError,
  text,
} from "@progimage/core/plugin";
import { anchorParams } from "./anchor.ts";
import { readAspect } from "./aspect.ts";
import { onBlurredBackdrop } from "./blurred_backdrop.ts";
import { PLACES } from "./gravity.ts";
import { padLayout, type PadWish } from "./pad_layout.ts";

const MOST = 8192;
const MODES = ["color", "mirror", "copy", "repeat", "blur"] as const;
const EXTENSIONS = { color: "background", mirror: "mirror", copy: "copy", repeat: "repeat" } as const;

/** Adds space around an image. */
export const pad = defineTransform({
  name: "pad",
  version: 1,
  summary: "Adds space around the image: borders, or as much as a canvas needs",
  params: {
    all: integer({
      min: 0,
      max: MOST,
      optional: true,
      summary: "Width in pixels of the borders that are not given by themselves",
    }),
    top: integer({ min: 0, max: MOST, optional: true, summary: "Height of the upper border in pixels" }),
    right: integer({ min: 0, max: MOST, optional: true, summary: "Width of the right border in pixels" }),
    bottom: integer({ min: 0, max: MOST, optional: true, summary: "Height of the lower border in pixels" }),
    left: integer({ min: 0, max: MOST, optional: true, summary: "Width of the left border in pixels" }),
    width: integer({
      min: 1,
      max: MOST,
      optional: true,
      summary: "Least width of the canvas in pixels; a wider image stays as it is",
    }),
    height: integer({
      min: 1,
      max: MOST,
      optional: true,
      summary: "Least height of the canvas in pixels; a higher image stays as it is",
    }),
    aspect: text({
      maxLength: 16,
      optional: true,
      summary: "Width to height of the canvas, such as 16:9 or 1.5",
    }),
    ...anchorParams(PLACES, "Where on the canvas the image lies; focal: with its focal point in the middle"),
    mode: choice(MODES, {
      default: "color",
      summary:
        "color: the background; mirror: the image mirrored; copy: its outermost pixels drawn out; repeat: the image again and again; blur: the image enlarged and blurred",
    }),
    background: color({ default: "00000000", summary: "The colour of mode color" }),
  },
  shorthand: "all",
  examples: [
    "pad=20,background:white",
    "pad=aspect:1:1,mode:blur",
    "pad=left:60,right:60,mode:mirror",
    "pad=width:300,height:220,gravity:southeast,offsetX:8,offsetY:8,background:navy",
  ],
  complete: completeFocalPoint,
  check: (args) => {
    readAspect(args.aspect, "pad");
    const borders = namesGiven(args, ["all", "top", "right", "bottom", "left"]);
    const canvas = namesGiven(args, ["width", "height", "aspect"]);
    const [first] = canvas;
    if (borders.length === 0 && first === undefined)
      throw refusal("it needs borders, a width, a height or an aspect: it has none", "all");
    if (borders.length > 0 && first !== undefined) {
      throw refusal(
        `borders and a canvas exclude each other: it has ${[...borders, ...canvas].join(", ")}`,
        first,
      );
    }
  },
  size: (size, args) => padLayout(size, wishOf(args)).canvas,
  stage: ({ mode }, { input, output }) => {
    if (input.width === output.width && input.height === output.height) return [];
    return mode === "blur" ? null : ["extend"];
  },
  apply: async (image, args, context) => {
    if (context.stages?.length === 0) return image;
    const layout = padLayout(context.input, wishOf(args));
    const { canvas, left, top } = layout;
    if (args.mode === "blur") return await onBlurredBackdrop(image, layout, context);
    return image.extend({
      left,
      top,
      right: canvas.width - left - context.input.width,
      bottom: canvas.height - top - context.input.height,
      extendWith: EXTENSIONS[args.mode],
      background: cssColor(args.background),
    });
  },
});

type PadArguments = Omit<PadWish, "aspect"> & { readonly aspect: string | undefined };

function wishOf(args: PadArguments): PadWish {
  return { ...args, aspect: readAspect(args.aspect, "pad") };
}

function namesGiven(args: PadArguments, names: readonly (keyof PadArguments)[]): readonly string[] {
  return names.filter((name) => args[name] !== undefined);
}

function refusal(reason: string, parameter: string): ProgImageError {
  return new ProgImageError("invalid_parameter", `Cannot read "pad" as ${reason}`, {
    details: { parameter },
  });
}
