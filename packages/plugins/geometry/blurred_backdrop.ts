import type { Size, StepContext } from "@progimage/core/plugin";
import type { Sharp } from "sharp";

/** Long side in pixels at which the copy is blurred. Small, because enlarging it adds blur at almost no cost. */
const BLURRED_SIDE = 96;
/** Standard deviation of the blur, as a share of the long side. */
const SIGMA_SHARE = 0.04;

/** Puts an image on a copy of itself that is enlarged to fill a canvas, and blurred. Keeps the pixels of the image. */
export async function onBlurredBackdrop(
  image: Sharp,
  { canvas, left, top }: { readonly canvas: Size; readonly left: number; readonly top: number },
  { sharp }: Pick<StepContext, "sharp">,
): Promise<Sharp> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const raw = { width, height, channels };
  const backdrop = await backdropOf(sharp(data, { raw, limitInputPixels: false }), canvas, sharp);
  const row = width * channels;
  for (let y = 0; y < height; y++) {
    data.copy(backdrop, ((top + y) * canvas.width + left) * channels, y * row, (y + 1) * row);
  }
  return sharp(backdrop, { raw: { ...canvas, channels }, limitInputPixels: false });
}

/** Blurs with floats, because integers would make images with alpha look different from those without. */
async function backdropOf(image: Sharp, canvas: Size, sharp: StepContext["sharp"]): Promise<Buffer> {
  const scale = Math.min(1, BLURRED_SIDE / Math.max(canvas.width, canvas.height));
  const width = Math.max(1, Math.round(canvas.width * scale));
  const height = Math.max(1, Math.round(canvas.height * scale));
  const { data, info } = await image
    .resize(width, height, { fit: "cover" })
    .blur({
      sigma: Math.max(0.3, SIGMA_SHARE * Math.max(width, height)),
      precision: "float",
      minAmplitude: 0.01,
    })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const small = sharp(data, { raw: { width, height, channels: info.channels } });
  return await small.resize(canvas.width, canvas.height, { fit: "fill", kernel: "cubic" }).raw().toBuffer();
}
