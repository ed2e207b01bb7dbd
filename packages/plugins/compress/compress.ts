import { boolean, defineTransform, integer, type OutputFormat, ProgImageError } from "@progimage/core/plugin";

/** Formats that cannot keep every pixel as it is. */
const LOSSY_FORMATS: readonly OutputFormat[] = ["jpeg", "gif"];

/** Sets quality and effort of the result's encoding. */
export const compress = defineTransform({
  name: "compress",
  version: 1,
  summary: "Sets how the result is encoded",
  params: {
    quality: integer({
      min: 1,
      max: 100,
      optional: true,
      summary: "Higher looks better and takes more bytes",
    }),
    lossless: boolean({ default: false, summary: "Keeps every pixel as it is: PNG, WebP, AVIF and TIFF" }),
    effort: integer({ min: 0, max: 6, optional: true, summary: "How long to look for fewer bytes" }),
  },
  shorthand: "quality",
  stage: "output",
  encode: (settings, { quality, lossless, effort }, format) => {
    if (lossless && LOSSY_FORMATS.includes(format)) {
      const message = `Cannot compress "${format}" without loss: PNG, WebP, AVIF and TIFF can be`;
      throw new ProgImageError("invalid_parameter", message, { details: { parameter: "lossless" } });
    }
    return {
      ...settings,
      ...(quality !== undefined && { quality }),
      ...(lossless && { lossless }),
      ...(effort !== undefined && { effort }),
    };
  },
});
