/**
 * The operator's file exchange, which jobs may read and write: a folder, or a part of a bucket. Names are relative, with `/` between parts.
 */
export interface FileExchange {
  /** Returns the part of the exchange that a tenant reaches: its folder, such as `acme/`. The first tenant reaches all of it. */
  of(owner: string): FileExchange;
  /**
   * Writes the bytes of a local file under a name and replaces any existing file. The write is atomic: readers never see a partial file.
   */
  put(name: string, path: string): Promise<void>;
  /**
   * Returns the next names with a prefix after a given one, sorted by their bytes.
   *
   * @throws {ProgImageError} `invalid_parameter` for a prefix that leads out of the exchange
   */
  list(prefix: string, options: ListFilesOptions): Promise<readonly string[]>;
  /** Returns the bytes under a name, or `null` if there are none. */
  open(name: string): Promise<AsyncIterable<Uint8Array> | null>;
}

/** Options for {@linkcode FileExchange.list}. */
export interface ListFilesOptions {
  readonly limit: number;
  /** Only names after this one are listed; `null` starts at the beginning. */
  readonly after: string | null;
}
