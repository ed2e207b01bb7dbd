/** A format that ProgImage reads. */
export type SourceFormat = "jpeg" | "png" | "webp" | "avif" | "gif" | "tiff" | "svg";

/** A format that ProgImage writes. */
export type OutputFormat = Exclude<SourceFormat, "svg">;

/** What JSON can hold. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A point of interest: fractions from 0 to 1 of width and height, from the top left. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
}

/** What ProgImage knows of an image. Times are ISO 8601. */
export interface Image {
  readonly id: string;
  /** `null` if it is unknown. */
  readonly name: string | null;
  readonly format: SourceFormat;
  /** Such as `image/jpeg`. */
  readonly mediaType: string;
  /** The size of the original file. */
  readonly bytes: number;
  /** In pixels, of one page as a viewer sees it: after the orientation was applied. */
  readonly width: number;
  /** In pixels, of one page as a viewer sees it: after the orientation was applied. */
  readonly height: number;
  /** Frames of an animation or pages of a document; 1 for others. */
  readonly pages: number;
  readonly hasAlpha: boolean;
  /** The EXIF orientation, 1 to 8. */
  readonly orientation: number;
  readonly colorSpace: string;
  /** SHA-256 of the original file in 64 hexadecimal digits. */
  readonly sha256: string;
  /** As `#rrggbb`. */
  readonly dominantColor: string;
  /** A ThumbHash in base64. @see https://evanw.github.io/thumbhash/ */
  readonly thumbhash: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly focalPoint: FocalPoint | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** From then on the image is not found; `null` keeps it for ever. */
  readonly expiresAt: string | null;
  /** Where the original is. Its `v` names a version, for caches. */
  readonly href: string;
  /** Where what is known of it is, to be read and changed. */
  readonly infoHref: string;
}

/** An image together with the state in which it was seen. */
export interface ImageInfo extends Image {
  /** Names this state of the image: as `ifMatch` it lets an update succeed only if nobody was faster. */
  readonly etag: string | null;
}
