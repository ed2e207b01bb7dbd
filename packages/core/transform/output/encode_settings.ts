/** How a result is encoded. What is not set is left to the format. */
export interface EncodeSettings {
  /** From 1 to 100. JPEG 80, WebP 80 and AVIF 60 by default; the others lose nothing unless it is set. */
  readonly quality?: number;
  /** Keeps every pixel as it is. */
  readonly lossless?: boolean;
  /** How long to look for fewer bytes, from 0 (fast) to 6 (small). */
  readonly effort?: number;
  /** Colours of a palette, from 2 to 256: PNG and GIF. */
  readonly colors?: number;
  /** Colours at half (4:2:0) or full resolution (4:4:4): JPEG and AVIF. WebP always has half, and gives sharper ones for `444`. */
  readonly chroma?: "420" | "444";
  /** Shows a coarse image first: JPEG, PNG and GIF. */
  readonly progressive?: boolean;
  /** The result has at most so many bytes; `quality` is then the most that is tried: JPEG, WebP and AVIF. */
  readonly maxBytes?: number;
  /** What becomes of colours: converted to sRGB with 8 bits, or left as they are, with their profile. @default {"srgb"} */
  readonly colorSpace?: "srgb" | "keep";
  /** What travels along besides pixels: nothing, author and copyright of EXIF, or all of EXIF, XMP and IPTC. @default {"strip"} */
  readonly metadata?: "strip" | "copyright" | "all";
}
