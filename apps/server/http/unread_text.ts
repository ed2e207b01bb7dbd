import { pullStream } from "./pull_stream.ts";

/**
 * How much of an answer may wait for a client that does not read: enough for tens of thousands of items. Many clients send their whole
 * request before they read, so waiting for them earlier would mean waiting forever.
 */
const MAX_UNREAD_CHARACTERS = 32_000_000;

/** The largest piece that is sent at once. */
const PIECE_CHARACTERS = 65_536;

/**
 * Returns texts as a stream of bytes. It takes texts as they come, up to a limit, even if the client does not read. When the client
 * leaves, it calls `return` on the generator.
 */
export function streamText(
  request: Request,
  texts: AsyncGenerator<string, void>,
): ReadableStream<Uint8Array> {
  const text = new UnreadText();
  const taken = text.take(texts);
  return pullStream(request, {
    next: () => text.next(),
    leave: async () => {
      text.leave();
      await taken;
    },
  });
}

/** Text that was taken and not read yet. */
class UnreadText {
  readonly #encoder = new TextEncoder();
  readonly #pieces: string[] = [];
  #characters = 0;
  #end: { readonly failure: unknown } | null = null;
  #isLeft = false;
  #changed = Promise.withResolvers<void>();

  /** Takes texts until there are no more, or the reader has left. Never rejects: the reader gets the error. */
  async take(texts: AsyncGenerator<string, void>): Promise<void> {
    try {
      for await (const text of texts) {
        this.#add(text);
        while (this.#isFull()) await this.#changed.promise;
        if (this.#isLeft) break;
      }
      this.#finish(null);
    } catch (failure) {
      this.#finish(failure);
    }
  }

  /** Returns the next piece, or `null` after the last one. */
  async next(): Promise<Uint8Array | null> {
    while (this.#pieces.length === 0 && this.#end === null) await this.#changed.promise;
    const piece = this.#pieces.shift();
    if (piece === undefined) {
      if (this.#end?.failure) throw this.#end.failure;
      return null;
    }
    this.#characters -= piece.length;
    this.#announce();
    return this.#encoder.encode(piece);
  }

  /** Reports that the reader has left. */
  leave(): void {
    this.#isLeft = true;
    this.#announce();
  }

  #add(text: string): void {
    const last = this.#pieces.at(-1);
    const isShort = last !== undefined && last.length < PIECE_CHARACTERS;
    if (isShort) this.#pieces[this.#pieces.length - 1] = last + text;
    else this.#pieces.push(text);
    this.#characters += text.length;
    this.#announce();
  }

  #isFull(): boolean {
    return this.#characters > MAX_UNREAD_CHARACTERS && !this.#isLeft;
  }

  #finish(failure: unknown): void {
    this.#end = { failure };
    this.#announce();
  }

  #announce(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
