import { encoderOptions, hasPalette } from "../../transform/output/encoder_options.ts";
import type { EncodeSettings } from "../../transform/output/encode_settings.ts";
import type { CarriedMetadata } from "../metadata/carried_metadata.ts";
import type { Pixels } from "../picture.ts";
import { indexColors } from "./index_colors.ts";
import { indexedPng } from "./indexed_png.ts";

/** Pixels for each colour, below which a palette takes more bytes than it saves. */
const LEAST_USES = 4;

/**
 * Returns a still as a PNG with a palette that loses nothing; `null` if it has too many colours, or if the settings choose another kind of
 * PNG.
 */
export function fewColorsPng(
  pixels: Pixels,
  settings: EncodeSettings,
  carriedMetadata: CarriedMetadata | null,
): Buffer | null {
  if (pixels.is16Bit || hasPalette(settings) || settings.progressive) return null;
  const indexed = indexColors(pixels);
  if (!indexed || indexed.colors.length * LEAST_USES > indexed.indices.length) return null;
  const { compressionLevel: level = 6 } = encoderOptions("png", settings);
  return indexedPng(pixels, indexed, { level, carriedMetadata });
}
