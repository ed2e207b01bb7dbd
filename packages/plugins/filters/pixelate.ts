import { defineTransform, integer } from "@progimage/core/plugin";
import { type Pixels, changePixels } from "./pixels/change_pixels.ts";
import { type Region, REGION_PARAMS, regionOf } from "./pixels/region.ts";

/** Fills squares with the mean colour of their pixels, weighted by alpha: in the whole image, or in a region to be made unrecognisable. */
export const pixelate = defineTransform({
  name: "pixelate",
  version: 1,
  summary: "Makes squares of one colour, of the whole image or of a region",
  params: {
    size: integer({ min: 2, max: 1024, default: 10, summary: "Side of the squares in pixels" }),
    ...REGION_PARAMS,
  },
  examples: ["pixelate=12", "pixelate=8,x:50pct,y:5pct,width:35pct,height:55pct"],
  shorthand: "size",
  size: (size, wish) => {
    regionOf(size, wish);
    return size;
  },
  apply: async (image, wish, context) => {
    const region = regionOf(context.input, wish);
    return await changePixels(image, context, (pixels) => {
      for (const square of squaresOf(region, wish.size)) fillWithMean(pixels, square);
    });
  },
});

/** Squares at the right and lower edges are cut off. */
function* squaresOf({ left, top, width, height }: Region, size: number): Generator<Region> {
  for (let y = 0; y < height; y += size) {
    for (let x = 0; x < width; x += size) {
      yield {
        left: left + x,
        top: top + y,
        width: Math.min(size, width - x),
        height: Math.min(size, height - y),
      };
    }
  }
}

function fillWithMean({ data, width, channels }: Pixels, square: Region): void {
  const rowLength = square.width * channels;
  const rowStart = (row: number) => ((square.top + row) * width + square.left) * channels;
  const hasAlpha = channels === 4;
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let row = 0; row < square.height; row++) {
    const start = rowStart(row);
    for (let offset = start; offset < start + rowLength; offset += channels) {
      const weight = hasAlpha ? (data[offset + 3] ?? 0) : 255;
      red += (data[offset] ?? 0) * weight;
      green += (data[offset + 1] ?? 0) * weight;
      blue += (data[offset + 2] ?? 0) * weight;
      alpha += weight;
    }
  }
  const weight = Math.max(alpha, 1);
  const meanRed = Math.round(red / weight);
  const meanGreen = Math.round(green / weight);
  const meanBlue = Math.round(blue / weight);
  const meanAlpha = Math.round(alpha / (square.width * square.height));
  for (let row = 0; row < square.height; row++) {
    const start = rowStart(row);
    for (let offset = start; offset < start + rowLength; offset += channels) {
      data[offset] = meanRed;
      data[offset + 1] = meanGreen;
      data[offset + 2] = meanBlue;
      if (hasAlpha) data[offset + 3] = meanAlpha;
    }
  }
}
