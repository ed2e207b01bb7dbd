/** The exchange of the operator, whose files jobs may read and write: a folder, or a part of a bucket. Names are relative, with `/` between their parts. */
export interface FileExchange {
  /** Writes the bytes of a local file under a name, over what is there. Nobody ever sees a part of them. */
  put(name: string, path: string): Promise<void>;
  /**
   * Gives the next names that begin with a prefix, in the order of their bytes, behind one of them.
   *
   * @throws {ProgImageError} `invalid_parameter` for a prefix that leads out of the place
   */
  list(prefix: string, options: ListFilesOptions): Promise<readonly string[]>;
  /** Gives the bytes under a name, or `null` where there are none. */
  open(name: string): Promise<AsyncIterable<Uint8Array> | null>;
}

/** Options for {@linkcode FileExchange.list}. */
export interface ListFilesOptions {
  readonly limit: number;
  /** Begins behind this name; `null` at the beginning. */
  readonly after: string | null;
}
