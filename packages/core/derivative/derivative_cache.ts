/** A rendered image that is kept. */
export interface Derivative {
  /** How many bytes it has. */
  readonly bytes: number;
  /** All of its bytes: small ones in memory, others where they lie. What lies elsewhere may be evicted before it is read. */
  readonly content: Uint8Array<ArrayBuffer> | Blob;
}

/** A place that waits for its derivative. */
export interface DerivativePlace {
  /** Path to render to. Nothing of use is ever there for others. */
  readonly output: string;
  /** Path to which the output is moved in one step, once it is complete and sealed. */
  readonly target: string;
  /** Takes over what is at the target, of so many bytes without its seal, and gives it as it is found from now on. */
  keep(bytes: number): Promise<Derivative>;
  /** Gives the place up, with whatever is at the output unless there is nothing yet. */
  abandon(options?: { readonly isEmpty?: boolean }): Promise<void>;
}

/** Keeps rendered images, as many as fit. What it loses can be rendered again. */
export interface DerivativeCache {
  /** Gives a derivative, or `null`. One that is not as long as it was when it was kept is none. */
  find(key: string): Promise<Derivative | null>;
  /** Gives a derivative that was found before, without waiting, or `null` where it must be looked for. */
  recall(key: string): Derivative | null;
  /** Gives a place for a derivative that is about to be rendered, as soon as there is room. */
  reserve(key: string): Promise<DerivativePlace>;
  /** Makes room if need be, those longest unused first. Gives how many went. */
  evict(): Promise<number>;
  /** Removes the derivatives of sources at once: of each, the SHA-256 or its first 32 digits. Gives how many went. */
  forget(sources: readonly string[], options?: ForgetOptions): Promise<number>;
  /** Removes what this node has of the derivatives of sources, wherever else they are. Returns how many went. */
  forgetCopies(sources: readonly string[]): Promise<number>;
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
