import type { Spool, SpooledFile } from "../blob/spool.ts";

/** Options for {@linkcode RemoteSources.fetch}. */
export interface FetchRemoteOptions {
  /** The parameter that held the URL: errors name it. */
  readonly parameter?: string;
  /** Where the bytes go. @default the folder of what is never stored */
  readonly into?: Spool;
  /** The client has left: the fetch ends and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

/** The bytes that a URL gave, in the spool until they are disposed of. */
export interface RemoteFile extends SpooledFile {
  /** Where they came from in the end, after redirects and without fragment. */
  readonly url: string;
  /** A file name that the answer or else the URL suggests: at most 255 characters, without a path, or empty. */
  readonly name: string;
}

/** Gets images from elsewhere for strangers, who must not reach by us what they cannot reach themselves. */
export interface RemoteSources {
  /**
   * Gets all bytes that a URL stands for.
   *
   * @throws {ProgImageError} `invalid_parameter` for what is no URL, `source_refused` for a place that is not open to everybody,
   * `source_not_found`, `source_unreachable` also for bytes that did not come completely, `too_large`, `cancelled`, `busy`
   */
  fetch(url: string, options?: FetchRemoteOptions): Promise<RemoteFile>;
}
