import sharp from "sharp";
import { ssim } from "ssim.js";

/** Returns the structural similarity (SSIM) of two images of one size, from 0 to 1. */
export async function likeness(one: string | Uint8Array, other: string | Uint8Array): Promise<number> {
  const [first, second] = await Promise.all([pixelsOf(one), pixelsOf(other)]);
  if (first.width !== second.width || first.height !== second.height) {
    const sizes = [first, second].map(({ width, height }) => `${width} × ${height}`).join(" and ");
    throw new Error(`Cannot compare images as they must have one size: they have ${sizes}`);
  }
  return ssim(first as ImageData, second as ImageData).mssim;
}

async function pixelsOf(image: string | Uint8Array) {
  const pixels = sharp(image).ensureAlpha().raw();
  const { data, info } = await pixels.toBuffer({ resolveWithObject: true });
  return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
}
