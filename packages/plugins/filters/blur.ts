import { defineTransform, number, type Size } from "@progimage/core/plugin";

/** The least sigma, and the fewest pixels, that remain when the image is made smaller before it is blurred. */
const LEAST_SIGMA = 16;
const LEAST_PIXELS = 500_000;

/** The amplitude at which the Gaussian is cut off. sharp's default of 0.2 makes it a sixth narrower than requested. */
const LEAST_AMPLITUDE = 0.02;

/** Blurs by a Gaussian. With a large sigma, the remaining detail fits into fewer pixels: a smaller copy is blurred and then enlarged. */
export const blur = defineTransform({
  name: "blur",
  version: 1,
  summary: "Blurs the image",
  params: {
    sigma: number({
      min: 0.3,
      max: 100,
      default: 2,
      summary: "Standard deviation of the Gaussian in pixels",
    }),
  },
  examples: ["blur=4", "blur=20"],
  shorthand: "sigma",
  stage: ({ sigma }, { input }) => (scaleOf(sigma, input) === 1 ? ["blur"] : null),
  apply: async (image, { sigma }, { input, sharp }) => {
    const scale = scaleOf(sigma, input);
    const gaussian = { sigma: sigma * scale, minAmplitude: LEAST_AMPLITUDE };
    if (scale === 1) return image.blur(gaussian);
    const { width, height } = scaled(input, scale);
    const small = image.resize(width, height, { fit: "fill" }).blur(gaussian);
    const { data, info } = await small.raw().toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    return sharp(data, { raw }).resize(input.width, input.height, { fit: "fill", kernel: "cubic" });
  },
});

/** Returns 1 if making the image smaller does not save enough. */
function scaleOf(sigma: number, { width, height }: Size): number {
  const scale = Math.max(LEAST_SIGMA / sigma, Math.sqrt(LEAST_PIXELS / (width * height)));
  return scale > 0.5 ? 1 : scale;
}

function scaled({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
