import {
  boolean,
  choice,
  defineTransform,
  integer,
  type OutputFormat,
  QUALITY_TARGETS,
  targetSettings,
} from "@progimage/core/plugin";
import { checkFormat } from "./check_format.ts";
import { checkTogether } from "./check_together.ts";

/** Declares the quality of one format, so that one recipe serves all that a caller accepts. */
function formatQuality(title: string) {
  return integer({
    min: 1,
    max: 100,
    optional: true,
    summary: `Quality of ${title}, before quality and target`,
  });
}

/** Sets how the result is encoded: its quality, its bytes, and the colours and metadata that it keeps of the source. */
export const compress = defineTransform({
  name: "compress",
  version: 2,
  summary: "Sets how the result is encoded",
  params: {
    quality: integer({
      min: 1,
      max: 100,
      optional: true,
      summary: "Higher looks better and takes more bytes; with maxBytes the highest that is tried",
    }),
    jpeg: formatQuality("JPEG"),
    webp: formatQuality("WebP"),
    avif: formatQuality("AVIF"),
    target: choice(QUALITY_TARGETS, {
      optional: true,
      summary: "How good it looks, which means the same in every format; instead of quality",
    }),
    maxBytes: integer({
      min: 1,
      max: 100_000_000,
      optional: true,
      summary: "The most bytes that the result may have: JPEG, WebP and AVIF. Costs up to five encodes",
    }),
    lossless: boolean({ default: false, summary: "Keeps every pixel as it is: PNG, WebP, AVIF and TIFF" }),
    effort: integer({ min: 0, max: 6, optional: true, summary: "How long to look for fewer bytes" }),
    colors: integer({
      min: 2,
      max: 256,
      optional: true,
      summary: "Makes a palette of so many colours, rounded up to 2, 4, 16 or 256: PNG and GIF",
    }),
    chroma: choice(["420", "444"], {
      optional: true,
      summary:
        "Colours at half (4:2:0) or at full resolution (4:4:4): JPEG and AVIF. WebP has half, and gives sharper ones for 444",
    }),
    progressive: boolean({
      optional: true,
      summary: "Shows a coarse image before all bytes are there: JPEG, PNG and GIF",
    }),
    colorSpace: choice(["srgb", "keep"], {
      default: "srgb",
      summary:
        "Converts colours to sRGB with 8 bits a channel, or keeps them with their profile, and 16 bits in PNG and TIFF",
    }),
    metadata: choice(["strip", "copyright", "all"], {
      default: "strip",
      summary:
        "Keeps no metadata, artist and copyright of EXIF, or all EXIF and XMP, and IPTC in JPEG: JPEG, PNG, WebP and AVIF",
    }),
  },
  examples: [
    "compress=60",
    "compress=target:high",
    "compress=quality:90,maxBytes:20000",
    "compress=80,webp:70,avif:50",
  ],
  shorthand: "quality",
  stage: "output",
  check: checkTogether,
  encode: (settings, args, format) => {
    checkFormat(args, format);
    const { target, lossless, colorSpace, metadata, jpeg, webp, avif, ...rest } = args;
    const qualities: Partial<Record<OutputFormat, number>> = { jpeg, webp, avif };
    const quality = qualities[format] ?? rest.quality;
    const given = Object.fromEntries(
      Object.entries({ ...rest, quality }).filter(([, value]) => value !== undefined),
    );
    return {
      ...settings,
      ...(target && targetSettings(format, target)),
      ...given,
      ...(lossless && { lossless }),
      ...(colorSpace === "keep" && { colorSpace }),
      ...(metadata !== "strip" && { metadata }),
    };
  },
});
