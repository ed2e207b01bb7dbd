import type { FocalPoint, Image } from "./shapes.ts";

export type { FocalPoint, Image };

export type { OutputFormat, SourceFormat } from "./built_in/formats.ts";

/** What JSON can hold. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** An image together with the state in which it was seen. */
export interface ImageInfo extends Image {
  /** Names this state of the image: as `ifMatch` it lets an update succeed only if nobody was faster. */
  readonly etag: string | null;
}
