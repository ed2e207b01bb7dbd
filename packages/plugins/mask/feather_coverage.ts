import type { Size, StepContext } from "@progimage/core/plugin";
import type { Coverage } from "./coverage.ts";
import { enlargeCoverage } from "./enlarge_coverage.ts";

/** Below, sharp blurs nothing. */
const LEAST_SIGMA = 0.3;

/** A wider blur is done on a smaller picture, where nobody can tell: its cost would grow with sigma. */
const MOST_SIGMA = 4;

/** Sigma on that smaller picture: at most half as large, as scaling back costs time as well. */
const SMALL_SIGMA = 2;

/** sharp's defaults cut the bell curve off where one sees it, and its integers let some sigmas turn 255 into 247. */
const EXACTLY = { precision: "float", minAmplitude: 0.01 } as const;

/** Softens edges by a Gaussian blur, sigma in pixels. The borders go on as they are. */
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
    // Shrinks only: sharp does this first.
    .resize(size.width, size.height, { fit: "fill", kernel: "cubic" })
    .blur({ sigma: sigma * scale, ...EXACTLY })
    // Of one band sharp makes three.
    .extractChannel(0);
  return enlargeCoverage({ ...size, values: await image.raw().toBuffer() }, coverage);
}

function scaledSize({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
