const NONE = new Uint8Array();

/** Reads a stream in pieces of the length that the caller asks for. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = NONE;
  #failure: { readonly error: unknown } | null = null;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Returns the next bytes, between one and `limit`, or `null` at the end. @throws the error of the stream, on every later call too */
  async some(limit: number): Promise<Uint8Array | null> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#next();
      if (done) return null;
      this.#chunk = value;
    }
    const piece = this.#chunk.subarray(0, limit);
    this.#chunk = this.#chunk.subarray(piece.length);
    return piece;
  }

  /** Returns exactly this number of bytes, or `null` if the stream ends earlier. @throws as {@linkcode ByteReader.some} does */
  async take(bytes: number): Promise<Uint8Array | null> {
    const first = bytes > 0 ? await this.some(bytes) : NONE;
    if (!first || first.length === bytes) return first;
    const all = new Uint8Array(bytes);
    all.set(first);
    for (let at = first.length; at < bytes;) {
      const piece = await this.some(bytes - at);
      if (!piece) return null;
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  /** Reads the stream to its end. @throws as {@linkcode ByteReader.some} does */
  async drain(): Promise<void> {
    while (await this.some(Number.MAX_SAFE_INTEGER));
  }

  /** Tells the stream that no more bytes are needed. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Keeps the error of a generator: after it has thrown, a generator reports that it is done. */
  async #next(): Promise<IteratorResult<Uint8Array, unknown>> {
    if (this.#failure) throw this.#failure.error;
    try {
      return await this.#chunks.next();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
