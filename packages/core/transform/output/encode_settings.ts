/** How a result is encoded. For omitted settings the format's default is used. */
export interface EncodeSettings {
  /** From 1 to 100. The default is 80 for JPEG, WebP and GIF and 60 for AVIF; PNG and TIFF are lossless unless it is set. */
  readonly quality?: number;
  /** Whether every pixel is kept exactly. */
  readonly lossless?: boolean;
  /** How much time to spend on a smaller file, from 0 (fast) to 6 (small). */
  readonly effort?: number;
  /** Colours of a palette, from 2 to 256: PNG and GIF. */
  readonly colors?: number;
  /** Resolution of colours, half (`420`) or full (`444`): JPEG and AVIF. WebP always has half, and downsamples more sharply with `444`. */
  readonly chroma?: "420" | "444";
  /** Whether a coarse image is shown first: JPEG, PNG and GIF. */
  readonly progressive?: boolean;
  /** The most bytes of the result; `quality` is then the highest to try: JPEG, WebP and AVIF. */
  readonly maxBytes?: number;
  /** Whether colours are converted to sRGB with 8 bits, or kept with their profile. @default {"srgb"} */
  readonly colorSpace?: "srgb" | "keep";
  /** The metadata to keep: none, author and copyright of EXIF, or all of EXIF, XMP and IPTC. @default {"strip"} */
  readonly metadata?: "strip" | "copyright" | "all";
}
