/** A cached rendered image. */
export interface Derivative {
  /** Its size in bytes. */
  readonly bytes: number;
  /** All of its bytes: in memory if small, as an array or a blob, otherwise in their file, which may be evicted before it is read. */
  readonly content: Uint8Array<ArrayBuffer> | Blob;
}

/** A place reserved for a derivative. */
export interface DerivativePlace {
  /** The path to render to. No other process uses it. */
  readonly output: string;
  /** The path to which the complete, sealed output is moved in one step. */
  readonly target: string;
  /** Takes over the file at the target, which has this many bytes without its seal. Returns the derivative as `find()` does from now on. */
  keep(bytes: number): Promise<Derivative>;
  /** Releases the place and removes the output, unless `isEmpty` says that there is none. */
  abandon(options?: { readonly isEmpty?: boolean }): Promise<void>;
}

/** A cache of rendered images with a limited size. Lost entries can be rendered again. */
export interface DerivativeCache {
  /** Returns a derivative, or `null`. One whose length has changed since it was kept is treated as missing. */
  find(key: string): Promise<Derivative | null>;
  /** Returns a derivative that was found before, synchronously, or `null` if `find()` must look for it. */
  recall(key: string): Derivative | null;
  /** Returns a place for a derivative to render, once there is room. */
  reserve(key: string): Promise<DerivativePlace>;
  /** Evicts the least recently used derivatives if necessary. Returns how many. */
  evict(): Promise<number>;
  /** Removes the derivatives of sources, from {@linkcode sourceOf}. Returns how many. */
  forget(sources: readonly string[], options?: ForgetOptions): Promise<number>;
  /** Removes this node's copies of the derivatives of sources, but not those elsewhere. Returns how many. */
  forgetCopies(sources: readonly string[]): Promise<number>;
  /** Removes all derivatives of an owner. Returns how many. */
  clear(owner: string, options?: ForgetOptions): Promise<number>;
  /** Returns the sources, of all owners, of derivatives whose keys start with two hexadecimal digits. */
  sources(shard: string): Promise<readonly string[]>;
}

/** Options for {@linkcode DerivativeCache.forget} and {@linkcode DerivativeCache.clear}. */
export interface ForgetOptions {
  /** Removes only derivatives not used since this time, in milliseconds since 1970. Rendering counts as use. */
  readonly unusedSince?: number;
}
