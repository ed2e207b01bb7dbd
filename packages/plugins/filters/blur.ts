import { defineTransform, number, type Size, type StepContext } from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import { type Pixels, changePixels } from "./pixels/change_pixels.ts";
import { isWhole, type Region, REGION_PARAMS, regionOf } from "./pixels/region.ts";

/** The least sigma, and the fewest pixels, that remain when the image is made smaller before it is blurred. */
const LEAST_SIGMA = 16;
const LEAST_PIXELS = 500_000;

/** The amplitude at which the Gaussian is cut off. sharp's default of 0.2 makes it a sixth narrower than requested. */
const LEAST_AMPLITUDE = 0.02;

/** The distance at which pixels no longer count, in standard deviations: the Gaussian is below its least amplitude. */
const REACH = 3;

/** Blurs by a Gaussian. With a large sigma, the remaining detail fits into fewer pixels: a smaller copy is blurred and then enlarged. */
export const blur = defineTransform({
  name: "blur",
  version: 1,
  summary: "Blurs the image, or a region of it",
  params: {
    sigma: number({
      min: 0.3,
      max: 100,
      default: 2,
      summary: "Standard deviation of the Gaussian in pixels",
    }),
    ...REGION_PARAMS,
  },
  examples: ["blur=4", "blur=20", "blur=12,x:50pct,y:5pct,width:35pct,height:55pct"],
  shorthand: "sigma",
  size: (size, wish) => {
    regionOf(size, wish);
    return size;
  },
  stage: (wish, { input }) =>
    isWhole(regionOf(input, wish), input) && scaleOf(wish.sigma, input) === 1 ? ["blur"] : null,
  apply: async (image, { sigma, ...wish }, context) => {
    const region = regionOf(context.input, wish);
    if (isWhole(region, context.input)) return await blurAll(image, sigma, context);
    const area = around(region, context.input, Math.ceil(REACH * sigma));
    const part = image.clone().extract(area);
    const blurred = await blurAll(part, sigma, { input: area, sharp: context.sharp });
    const { data } = await blurred.raw().toBuffer({ resolveWithObject: true });
    return await changePixels(image, context, (pixels) => copyRegion(pixels, region, { ...area, data }));
  },
});

async function blurAll(
  image: Sharp,
  sigma: number,
  { input, sharp }: Pick<StepContext, "input" | "sharp">,
): Promise<Sharp> {
  const scale = scaleOf(sigma, input);
  const gaussian = { sigma: sigma * scale, minAmplitude: LEAST_AMPLITUDE };
  if (scale === 1) return image.blur(gaussian);
  const { width, height } = scaled(input, scale);
  const small = image.resize(width, height, { fit: "fill" }).blur(gaussian);
  const { data, info } = await small.raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  return sharp(data, { raw }).resize(input.width, input.height, { fit: "fill", kernel: "cubic" });
}

/** Returns a region and the pixels around it that a blur of it needs. */
function around({ left, top, width, height }: Region, whole: Size, reach: number): Region {
  const [from, above] = [Math.max(0, left - reach), Math.max(0, top - reach)];
  return {
    left: from,
    top: above,
    width: Math.min(whole.width, left + width + reach) - from,
    height: Math.min(whole.height, top + height + reach) - above,
  };
}

/** Copies a region from a part of an image into the image. */
function copyRegion(
  { data, width, channels }: Pixels,
  region: Region,
  part: Region & Pick<Pixels, "data">,
): void {
  const bytes = region.width * channels;
  for (let row = region.top; row < region.top + region.height; row++) {
    const from = ((row - part.top) * part.width + region.left - part.left) * channels;
    part.data.copy(data, (row * width + region.left) * channels, from, from + bytes);
  }
}

/** Returns 1 if making the image smaller does not save enough. */
function scaleOf(sigma: number, { width, height }: Size): number {
  const scale = Math.max(LEAST_SIGMA / sigma, Math.sqrt(LEAST_PIXELS / (width * height)));
  return scale > 0.5 ? 1 : scale;
}

function scaled({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
