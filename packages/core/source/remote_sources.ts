import type { Spool, SpooledFile } from "../blob/spool.ts";

/** Options for {@linkcode RemoteSources.fetch}. */
export interface FetchRemoteOptions {
  /** The name of the parameter that held the URL, for errors. */
  readonly parameter?: string;
  /** The spool for the bytes. @default the folder of files that are never stored */
  readonly into?: Spool;
  /** Aborted when the client leaves: the fetch ends and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

/** The bytes of a URL, in the spool until they are disposed of. */
export interface RemoteFile extends SpooledFile {
  /** The final URL, after redirects and without fragment. */
  readonly url: string;
  /** A file name from the response or else from the URL: at most 255 characters, without a path, or empty. */
  readonly name: string;
}

/** Fetches images for untrusted clients, who must not reach through it what they cannot reach themselves. */
export interface RemoteSources {
  /** Returns the sources as another owner uses them. Owners share no fetch, as its duration would tell of another's request. */
  of(owner: string): RemoteSources;
  /**
   * Fetches all bytes of a URL.
   *
   * @throws {ProgImageError} `invalid_parameter` for an invalid URL, `source_refused` for a host that is not public, `source_not_found`,
   * `source_unreachable` also for incomplete bytes, `too_large`, `cancelled`, `busy`
   */
  fetch(url: string, options?: FetchRemoteOptions): Promise<RemoteFile>;
}
