import type { EncodeSettings } from "./encode_settings.ts";
import type { OutputFormat } from "./formats.ts";

/** How good a result looks: words that mean the same in every format. */
export const QUALITY_TARGETS = ["visually-lossless", "high", "medium", "low"] as const;

/** One of {@linkcode QUALITY_TARGETS}. */
export type QualityTarget = (typeof QUALITY_TARGETS)[number];

/**
 * Settings with which half of all pictures reach a SSIMULACRA2 of 90, 80, 70 and 50. At 90 a result cannot be distinguished from the
 * original, even when swapped in place. The settings are medians that `bench/quality_tables.ts` measured over photographs and generated
 * pictures at 640 pixels. PNG and TIFF are lossless for the highest target; below it, PNG uses a palette of fewer colours, and TIFF holds a
 * JPEG. The steps of GIF are estimates.
 *
 * @see https://github.com/cloudinary/ssimulacra2
 */
const SETTINGS: Readonly<Record<OutputFormat, Readonly<Record<QualityTarget, EncodeSettings>>>> = {
  jpeg: {
    "visually-lossless": { quality: 94, chroma: "444" },
    high: { quality: 86 },
    medium: { quality: 67 },
    low: { quality: 35 },
  },
  webp: {
    "visually-lossless": { quality: 98, chroma: "444" },
    high: { quality: 87 },
    medium: { quality: 74 },
    low: { quality: 38 },
  },
  avif: {
    "visually-lossless": { quality: 90 },
    high: { quality: 72 },
    medium: { quality: 57 },
    low: { quality: 40 },
  },
  png: { "visually-lossless": {}, high: { quality: 90 }, medium: { quality: 70 }, low: { quality: 50 } },
  gif: {
    "visually-lossless": { quality: 100 },
    high: { quality: 90 },
    medium: { quality: 80 },
    low: { quality: 50 },
  },
  tiff: {
    "visually-lossless": {},
    high: { quality: 86 },
    medium: { quality: 67 },
    low: { quality: 35 },
  },
};

/** Returns the settings with which results of a format reach a target. */
export function targetSettings(format: OutputFormat, target: QualityTarget): EncodeSettings {
  return SETTINGS[format][target];
}
