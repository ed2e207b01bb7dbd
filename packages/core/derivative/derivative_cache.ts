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
}
