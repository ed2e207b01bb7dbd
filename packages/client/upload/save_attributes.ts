import type { ImageDescription } from "./image_description.ts";
import type { IdempotentOptions } from "./upload.ts";

/** The attributes of a result that is stored as an image. */
export interface SaveAttributes extends ImageDescription {
  /** @default {the name of the source, with the extension of the result} */
  readonly name?: string;
}

/** Options for {@linkcode ImageProcess.save}. */
export interface SaveOptions extends IdempotentOptions, SaveAttributes {}
