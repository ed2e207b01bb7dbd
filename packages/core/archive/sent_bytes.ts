/** Counts the bytes of a body as they arrive. */
export class SentBytes implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncIterable<Uint8Array>;
  #bytes = 0;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#body = body;
  }

  /** The number of bytes that have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of this.#body) {
      this.#bytes += chunk.length;
      yield chunk;
    }
  }
}
