// Generated from the shapes of the API: bun run docs writes it.
import type { JsonValue } from "./image.ts";

/** An image of the repository. Times are ISO 8601. */
export interface Image {
  readonly id: string;
  /** The name; null if it is unknown. */
  readonly name: string | null;
  /** Words by which the image is found. */
  readonly tags: readonly string[];
  /** A JSON object that is kept with the image and given back, of at most 16384 bytes. */
  readonly metadata: Readonly<Record<string, JsonValue>>;
  /** The point of interest, which crops keep. */
  readonly focalPoint: {
    /** A fraction of the width, from the top left. */
    readonly x: number;
    /** A fraction of the height, from the top left. */
    readonly y: number;
  } | null;
  /** From this time on the image is not found. */
  readonly expiresAt: string | null;
  readonly format: "jpeg" | "png" | "webp" | "avif" | "gif" | "tiff" | "svg";
  /** Such as image/jpeg. */
  readonly mediaType: string;
  /** The size of the original file. */
  readonly bytes: number;
  /** In pixels, of one page as a viewer sees it: after the orientation was applied. */
  readonly width: number;
  /** In pixels, of one page as a viewer sees it: after the orientation was applied. */
  readonly height: number;
  /** Frames of an animation, pages of a TIFF; 1 for others. */
  readonly pages: number;
  /** Whether its pages are the frames of an animation. */
  readonly isAnimated: boolean;
  /** How long an animation takes once, in milliseconds; null for others, and if it is unknown. */
  readonly durationMs: number | null;
  readonly hasAlpha: boolean;
  /** Whether a colour profile is embedded. */
  readonly hasProfile: boolean;
  /** EXIF orientation of the stored pixels. */
  readonly orientation: number;
  /** Such as srgb, b-w, cmyk or rgb16. */
  readonly colorSpace: string;
  /** Of the original file, in 64 hexadecimal digits. */
  readonly sha256: string;
  /** As #rrggbb. */
  readonly dominantColor: string;
  /** A ThumbHash in base64, see https://evanw.github.io/thumbhash/. */
  readonly thumbhash: string;
  /** Raised whenever an attribute changes. */
  readonly revision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Where the original is. Its v names a version, for caches. */
  readonly href: string;
  /** Where what is known of the image is, to be read and changed. */
  readonly infoHref: string;
}
