import { defineTransform, integer } from "@progimage/core/plugin";

/** Selects a page of a document, or a frame of an animation. */
export const page = defineTransform({
  name: "page",
  version: 1,
  summary: "Opens one page of a TIFF, or one frame of an animation",
  params: {
    page: integer({ min: 1, max: 100_000, default: 1, summary: "Its number, from 1" }),
  },
  examples: ["page=1"],
  shorthand: "page",
  stage: "source",
  open: (settings, { page }) => ({ ...settings, page }),
});
