import { boolean, defineTransform } from "@progimage/core/plugin";

/** Sets whether an animation stays one. */
export const animate = defineTransform({
  name: "animate",
  version: 1,
  summary: "Keeps all frames of an animation, or only the first",
  params: {
    animate: boolean({
      default: true,
      summary: "false: the result is a still of the first frame, also as GIF and WebP",
    }),
  },
  examples: ["animate=false"],
  shorthand: "animate",
  stage: "source",
  open: (settings, { animate }) => ({ ...settings, ...(!animate && { isStill: true }) }),
});
