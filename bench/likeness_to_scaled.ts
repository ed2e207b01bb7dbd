import sharp from "sharp";
import { likeness } from "./likeness.ts";

/**
 * Returns the structural similarity of a result to its picture, scaled down from all pixels without loss into a square. The reference has the
 * geometry of the server that is measured: one scale for both sides, or a scale for each. The more similar of these two counts.
 */
export async function likenessToScaled(result: Uint8Array, picture: string, side: number): Promise<number> {
  const pixels = await sharp(picture).png({ compressionLevel: 0 }).toBuffer();
  const inside = await sharp(pixels)
    .resize(side, side, { fit: "inside" })
    .png()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = inside.info;
  const filled = await sharp(pixels).resize(width, height, { fit: "fill" }).png().toBuffer();
  return Math.max(await likeness(result, inside.data), await likeness(result, filled));
}
