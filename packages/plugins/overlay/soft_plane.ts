import type { Size, StepContext } from "@progimage/core/plugin";

/** Below this, sharp does not blur. */
const LEAST_SIGMA = 0.3;

/** A wider blur runs on a smaller picture, without a visible difference, because its cost grows with sigma. */
const MOST_SIGMA = 6;

/** sharp's defaults cut the bell curve off visibly. */
const EXACTLY = { precision: "float", minAmplitude: 0.01 } as const;

/** Blurs one channel by a Gaussian with a sigma in pixels. */
export async function softPlane(
  plane: Buffer,
  { width, height }: Size,
  sigma: number,
  { sharp }: Pick<StepContext, "sharp">,
): Promise<Buffer> {
  if (sigma < LEAST_SIGMA) return plane;
  const scale = Math.min(1, MOST_SIGMA / sigma);
  const small = { width: Math.ceil(width * scale), height: Math.ceil(height * scale) };
  const open = (data: Buffer, size: Size) =>
    sharp(data, { raw: { ...size, channels: 1 }, limitInputPixels: false });
  const blurred = await open(plane, { width, height })
    .resize(small.width, small.height, { fit: "fill", kernel: "cubic" })
    .blur({ sigma: sigma * scale, ...EXACTLY })
    .extractChannel(0)
    .raw()
    .toBuffer();
  if (scale === 1) return blurred;
  const large = open(blurred, small).resize(width, height, { fit: "fill", kernel: "cubic" });
  return await large.extractChannel(0).raw().toBuffer();
}
