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
}
