import { color, cssColor, defineTransform, opacityOf, ProgImageError } from "@progimage/core/plugin";

/** Puts an image on a colour. Without alpha there is nothing to do. */
export const flatten = defineTransform({
  name: "flatten",
  version: 1,
  summary: "Puts the image on a colour, so that no part of it is transparent",
  params: {
    background: color({ default: "ffffff", summary: "The colour behind the image" }),
  },
  examples: ["flatten=navy", "pad=20&flatten=navy"],
  shorthand: "background",
  check: ({ background }) => {
    if (opacityOf(background) === 1) return;
    throw new ProgImageError(
      "invalid_parameter",
      `Cannot read parameter "background" of "flatten" as it must be an opaque colour: it is "${background}"`,
      { details: { parameter: "background" } },
    );
  },
  stage: "flatten",
  frames: "all",
  apply: (image, { background }) => image.flatten({ background: cssColor(background) }),
});
