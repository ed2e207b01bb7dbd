import type { Image } from "./image_shape.ts";

export type { Image };

export type { OutputFormat, SourceFormat } from "./built_in/formats.ts";

/** What JSON can hold. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A point of interest: fractions from 0 to 1 of width and height, from the top left. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
}

/** An image together with the state in which it was seen. */
export interface ImageInfo extends Image {
  /** Names this state of the image: as `ifMatch` it lets an update succeed only if nobody was faster. */
  readonly etag: string | null;
}
