import type { EncodeSettings } from "./encode_settings.ts";
import type { OutputFormat } from "./formats.ts";

/** How good a result looks, in one word that means the same in every format. */
export const QUALITY_TARGETS = ["visually-lossless", "high", "medium", "low"] as const;

/** One of {@linkcode QUALITY_TARGETS}. */
export type QualityTarget = (typeof QUALITY_TARGETS)[number];

/**
 * What reaches a SSIMULACRA2 of 90 (not told from the original even when they are swapped in place), 80, 70 and 50 on half of all
 * pictures: medians that `bench/quality_tables.ts` measured over photographs and its own pictures at 640 pixels. The others lose
 * nothing for the highest; below, PNG takes a palette of fewer and fewer colours, and TIFF holds a JPEG. GIF has nothing to choose.
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
  gif: { "visually-lossless": {}, high: {}, medium: {}, low: {} },
  tiff: {
    "visually-lossless": {},
    high: { quality: 86 },
    medium: { quality: 67 },
    low: { quality: 35 },
  },
};

/** Gives the settings with which results of a format look as good as a word says. */
export function targetSettings(format: OutputFormat, target: QualityTarget): EncodeSettings {
  return SETTINGS[format][target];
}
