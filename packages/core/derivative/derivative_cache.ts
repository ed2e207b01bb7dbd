/** A rendered image that is kept. */
export interface Derivative {
  /** How many bytes it has. */
  readonly bytes: number;
  /** All of its bytes: small ones in memory, others where they lie. What lies elsewhere may be evicted before it is read. */
  readonly content: Uint8Array<ArrayBuffer> | Blob;
}

/** Keeps rendered images, as many as fit. What it loses can be rendered again. */
export interface DerivativeCache {
  /** Gives a derivative, or `null`. One that is not as long as it was when it was kept is none. */
  find(key: string): Promise<Derivative | null>;
  /** Gives a derivative that was found before, without waiting, or `null` where it must be looked for. */
  recall(key: string): Derivative | null;
  /** Gives a path to render to. */
  newPath(): string;
  /** Takes over a file of so many bytes that was rendered to a new path and sealed, and gives it as it is found from now on. */
  keep(key: string, path: string, bytes: number): Promise<Derivative>;
  /** Makes room if need be, those longest unused first. Gives how many went. */
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
