import type { NamedDescription } from "./image_description.ts";
import type { DescribedSource, UploadAllSources } from "./upload_sources.ts";
import type { UploadSource } from "../images/sources.ts";

/** A source and its place among all sources. */
export interface UploadEntry<Source> {
  readonly index: number;
  readonly source: Source;
  readonly idempotencyKey: string | undefined;
  /** The attributes of this image alone. */
  readonly description: NamedDescription;
}

/** The content of one request: bytes, or images for the server to fetch. */
export type UploadGroup = UploadEntry<UploadSource> | readonly UploadEntry<URL>[];

/** Options for {@linkcode groupUploads}. */
export interface GroupUploadsOptions {
  /** The number of URLs in a request. */
  readonly batchSize: number;
  /** The prefix of the keys, to which each source adds its place. */
  readonly idempotencyKey: string | undefined;
}

/** Yields the groups of sources that share a request: consecutive URLs together, every other source alone. */
export async function* groupUploads(
  sources: UploadAllSources,
  { batchSize, idempotencyKey }: GroupUploadsOptions,
): AsyncGenerator<UploadGroup, void> {
  let urls: UploadEntry<URL>[] = [];
  let index = 0;
  for await (const given of sources) {
    const { source, idempotencyKey: own, ...description } = isDescribed(given) ? given : { source: given };
    const key = own ?? (idempotencyKey === undefined ? undefined : `${idempotencyKey}-${index}`);
    const entry = { index: index++, idempotencyKey: key, description };
    if (source instanceof URL) urls.push({ ...entry, source });
    if (urls.length > 0 && (!(source instanceof URL) || urls.length === batchSize)) {
      yield urls;
      urls = [];
    }
    if (!(source instanceof URL)) yield { ...entry, source };
  }
  if (urls.length > 0) yield urls;
}

function isDescribed(given: DescribedSource | UploadSource | URL): given is DescribedSource {
  return typeof given === "object" && given !== null && "source" in given;
}
