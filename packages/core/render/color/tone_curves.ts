import type { Transfer } from "./color_description.ts";

/** The luminance of white in SDR, and of diffuse white in HDR, in candela per square metre. @see ITU-R BT.2408-7 table 1 */
export const WHITE = 203;

/** The peak for which pictures in HDR count as mastered, in candela per square metre. @see ITU-R BT.2100-2 table 5 */
export const PEAK = 1_000;

/** Returns the light of a channel value from 0 to 1: 1 is white, or the peak of the scene for HLG. */
export function lightOf(transfer: Transfer, value: number): number {
  if (transfer === "srgb") return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  if (transfer === "pq") return pqLight(value) / WHITE;
  if (transfer === "hlg") return hlgScene(value);
  return value ** transfer.gamma;
}

/** Returns the channel value of sRGB, from 0 to 1, for light from 0 to 1. @see IEC 61966-2-1 */
export function srgbValue(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

const M1 = 2_610 / 16_384;
const M2 = (2_523 / 4_096) * 128;
const C1 = 3_424 / 4_096;
const C2 = (2_413 / 4_096) * 32;
const C3 = (2_392 / 4_096) * 32;

/** Returns the luminance of a value of PQ, in candela per square metre. @see ITU-R BT.2100-2 table 4 */
function pqLight(value: number): number {
  const power = value ** (1 / M2);
  return 10_000 * (Math.max(power - C1, 0) / (C2 - C3 * power)) ** (1 / M1);
}

const A = 0.17883277;
const B = 1 - 4 * A;
const C = 0.5 - A * Math.log(4 * A);

/** Returns the light of a scene, from 0 to 1, for a value of HLG. @see ITU-R BT.2100-2 table 5 */
function hlgScene(value: number): number {
  return value <= 0.5 ? value ** 2 / 3 : (Math.exp((value - C) / A) + B) / 12;
}

/** The exponent by which a display of {@linkcode PEAK} shows the luminance of a scene. @see ITU-R BT.2100-2 table 5 */
export const HLG_GAMMA = 1.2;

/** The light up to which colours stay as they are. In sRGB it is 217 of 255. */
const KNEE = 0.7;

/**
 * Returns the factor by which a colour is dimmed whose brightest channel has this light, so that hues stay. Light from the knee to
 * {@linkcode PEAK} fits between the knee and 1; diffuse white becomes 0.85.
 *
 * @see Reinhard et al. 2002, "Photographic Tone Reproduction for Digital Images", equation 4, for the curve above the knee
 */
export function dimming(light: number): number {
  if (light <= KNEE) return 1;
  const scaled = (light - KNEE) / (1 - KNEE);
  const most = (PEAK / WHITE - KNEE) / (1 - KNEE);
  const curve = (scaled * (1 + scaled / most ** 2)) / (1 + scaled);
  return Math.min(KNEE + (1 - KNEE) * curve, 1) / light;
}
