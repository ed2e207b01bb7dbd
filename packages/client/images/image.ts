import type { FocalPoint, Image } from "../shapes.ts";

export type { FocalPoint, Image };

export type { OutputFormat, SourceFormat } from "../recipe/built_in/formats.ts";

/** An image together with the state in which it was seen. */
export interface ImageInfo extends Image {
  /** Names this state of the image: as `ifMatch` it lets an update succeed only if nobody was faster. */
  readonly etag: string | null;
}
