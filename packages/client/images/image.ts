import type { FocalPoint, Image } from "../shapes.ts";

export type { FocalPoint, Image };

export type { OutputFormat, SourceFormat } from "../recipe/built_in/formats.ts";

/** An image with the `ETag` of its state. */
export interface ImageInfo extends Image {
  /** The `ETag` of this state. As `ifMatch`, it makes an update fail if the image was changed in between. */
  readonly etag: string | null;
}
