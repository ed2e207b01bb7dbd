import { boolean, defineTransform } from "@progimage/core/plugin";

/** Sets whether the orientation of EXIF is applied. */
export const orient = defineTransform({
  name: "orient",
  version: 1,
  summary: "Turns the image as its camera noted, or leaves it as it is stored",
  params: {
    orient: boolean({
      default: true,
      summary: "false: pixels as they are stored; compress=metadata:all then keeps the note",
    }),
  },
  examples: ["orient=false"],
  shorthand: "orient",
  stage: "source",
  open: (settings, { orient }) => ({ ...settings, ...(!orient && { isUnturned: true }) }),
});
