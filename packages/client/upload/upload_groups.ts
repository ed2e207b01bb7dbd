import type { NamedDescription } from "./image_description.ts";
import type { DescribedSource, UploadAllSources } from "./upload_sources.ts";
import type { UploadSource } from "../images/sources.ts";

/** A source at its place among all. */
export interface UploadEntry<Source> {
  readonly index: number;
  readonly source: Source;
  readonly idempotencyKey: string | undefined;
  /** What is said of it alone. */
  readonly description: NamedDescription;
}

/** What one request sends: bytes, or images that the server shall fetch. */
export type UploadGroup = UploadEntry<UploadSource> | readonly UploadEntry<URL>[];

/** Options for {@linkcode groupUploads}. */
export interface GroupUploadsOptions {
  /** URLs in a request. */
  readonly batchSize: number;
  /** The key of all, of which each makes its own by its place. */
  readonly idempotencyKey: string | undefined;
}

/** Gives what is sent together: URLs that follow one another, and everything else alone. */
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
