import { defineTransform, integer, ProgImageError } from "@progimage/core/plugin";
import { changePixels } from "./pixels/change_pixels.ts";
import { premultiply, unpremultiply } from "./pixels/premultiplied.ts";

/** Replaces each pixel by the median of the square around it. The square shrinks if the image is smaller. */
export const median = defineTransform({
  name: "median",
  version: 1,
  summary: "Removes specks and keeps edges",
  params: {
    size: integer({ min: 3, max: 25, default: 3, summary: "Side of the square in pixels: an odd number" }),
  },
  examples: ["median=5", "median=11"],
  shorthand: "size",
  check: ({ size }) => {
    if (size % 2 === 1) return;
    const message = `Cannot read parameter "size" of "median" as it must be odd: it is ${size}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "size" } });
  },
  apply: async (image, { size }, context) => {
    const room = Math.min(size, context.input.width, context.input.height);
    const odd = room % 2 === 1 ? room : room - 1;
    if (odd === 1) return image;
    if (!context.hasAlpha) return image.median(odd);
    const colors = await changePixels(image, context, premultiply);
    return await changePixels(colors.median(odd), context, unpremultiply);
  },
});
