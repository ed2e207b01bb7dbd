/** Keeps rendered images, as many as fit. What it loses can be rendered again. */
export interface DerivativeCache {
  /** Gives the path of a derivative's bytes, or `null`. It stays readable long enough to be sent. */
  find(key: string): Promise<string | null>;
  /** Gives a path to render to. */
  newPath(): string;
  /** Takes over a file of so many bytes that was rendered to a new path, and gives the path under which it is found from now on. */
  keep(key: string, path: string, bytes: number): Promise<string>;
  /** Makes room until all fits again, those longest unused first. Gives how many went. */
  evict(): Promise<number>;
  /** Removes the derivatives of sources at once: of each, the SHA-256 or its first 32 digits. Gives how many went. */
  forget(sources: readonly string[], options?: ForgetOptions): Promise<number>;
  /** Removes all derivatives at once. Gives how many went. */
  clear(options?: ForgetOptions): Promise<number>;
  /** Gives the sources of the derivatives whose keys start with two hexadecimal digits: the first 32 digits of their SHA-256. */
  sources(shard: string): Promise<readonly string[]>;
}

/** Options for {@linkcode DerivativeCache.forget} and {@linkcode DerivativeCache.clear}. */
export interface ForgetOptions {
  /** Removes only what nobody has used since this time, in milliseconds since 1970. What was rendered is used by that. */
  readonly unusedSince?: number;
}
