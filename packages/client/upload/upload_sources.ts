import type { NamedDescription } from "./image_description.ts";
import type { UploadSource } from "../images/sources.ts";

/** A source with its own attributes, which override those for all images. */
export interface DescribedSource extends NamedDescription {
  readonly source: UploadSource | URL;
  /**
   * For one day, a second call with this key returns the first response. Use the name of a file, for example, if a program may run again.
   */
  readonly idempotencyKey?: string;
}

/** The sources of {@linkcode Images.uploadAll}. */
export type UploadAllSources<Source = DescribedSource | UploadSource | URL> =
  AsyncIterable<Source> | Iterable<Source>;
