// Generated from the transforms' declarations: bun run docs writes it.

/** Sets how the result is encoded. */
export interface CompressParams {
  /**
   * Higher looks better and takes more bytes; with maxBytes the highest that is tried. A whole number from 1 to
   * 100.
   */
  readonly quality?: number;
  /** Quality of JPEG, before quality and target. A whole number from 1 to 100. */
  readonly jpeg?: number;
  /** Quality of WebP, before quality and target. A whole number from 1 to 100. */
  readonly webp?: number;
  /** Quality of AVIF, before quality and target. A whole number from 1 to 100. */
  readonly avif?: number;
  /** How good it looks, which means the same in every format; instead of quality. */
  readonly target?: "visually-lossless" | "high" | "medium" | "low";
  /**
   * The most bytes that the result may have: JPEG, WebP and AVIF. Costs up to five encodes. A whole number from 1
   * to 100000000.
   */
  readonly maxBytes?: number;
  /** Keeps every pixel as it is: PNG, WebP, AVIF and TIFF. @default {false} */
  readonly lossless?: boolean;
  /** How long to look for fewer bytes. A whole number from 0 to 6. */
  readonly effort?: number;
  /** Makes a palette of so many colours, rounded up to 2, 4, 16 or 256: PNG and GIF. A whole number from 2 to 256. */
  readonly colors?: number;
  /**
   * Colours at half (4:2:0) or at full resolution (4:4:4): JPEG and AVIF. WebP has half, and gives sharper ones
   * for 444.
   */
  readonly chroma?: "420" | "444";
  /** Shows a coarse image before all bytes are there: JPEG, PNG and GIF. */
  readonly progressive?: boolean;
  /**
   * Converts colours to sRGB with 8 bits a channel, or keeps them with their profile, and 16 bits in PNG and TIFF.
   * @default {"srgb"}
   */
  readonly colorSpace?: "srgb" | "keep";
  /**
   * Keeps no metadata, artist and copyright of EXIF, or all EXIF and XMP, and IPTC in JPEG: JPEG, PNG, WebP and
   * AVIF. @default {"strip"}
   */
  readonly metadata?: "strip" | "copyright" | "all";
}
