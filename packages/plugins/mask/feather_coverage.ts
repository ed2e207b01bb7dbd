import type { Size, StepContext } from "@progimage/core/plugin";
import type { Coverage } from "./coverage.ts";
import { enlargeCoverage } from "./enlarge_coverage.ts";

/** Below this, sharp does not blur. */
const LEAST_SIGMA = 0.3;

/** A wider blur runs on a smaller picture, without a visible difference, because its cost grows with sigma. */
const MOST_SIGMA = 4;

/** Sigma on that smaller picture: at most half as large, because scaling back takes time too. */
const SMALL_SIGMA = 2;

/** sharp's defaults cut the bell curve off visibly, and its integers turn 255 into 247 with some sigmas. */
const EXACTLY = { precision: "float", minAmplitude: 0.01 } as const;

/** Softens edges by a Gaussian blur with a sigma in pixels. Pixels outside the border equal those at the border. */
export async function featherCoverage(
  coverage: Coverage,
  sigma: number,
  { sharp }: Pick<StepContext, "sharp">,
): Promise<Coverage> {
  if (sigma < LEAST_SIGMA) return coverage;
  const scale = sigma > MOST_SIGMA ? SMALL_SIGMA / sigma : 1;
  const size = scaledSize(coverage, scale);
  const { width, height, values } = coverage;
  const image = sharp(values, { raw: { width, height, channels: 1 }, limitInputPixels: false })
    // Only shrinks; sharp runs this before the blur.
    .resize(size.width, size.height, { fit: "fill", kernel: "cubic" })
    .blur({ sigma: sigma * scale, ...EXACTLY })
    // sharp turns one band into three.
    .extractChannel(0);
  return enlargeCoverage({ ...size, values: await image.raw().toBuffer() }, coverage);
}

function scaledSize({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
