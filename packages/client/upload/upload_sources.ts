import type { NamedDescription } from "./image_description.ts";
import type { UploadSource } from "../images/sources.ts";

/** A source with attributes of its own, which count before those of all. */
export interface DescribedSource extends NamedDescription {
  readonly source: UploadSource | URL;
  /** The same key within a day gives the first answer again: such as the name of a file, if a program may be run again. */
  readonly idempotencyKey?: string;
}

/** The sources of {@linkcode Images.uploadAll}. */
export type UploadAllSources<Source = DescribedSource | UploadSource | URL> =
  AsyncIterable<Source> | Iterable<Source>;
