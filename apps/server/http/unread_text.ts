import { pacedStream } from "./paced_stream.ts";

/**
 * How much of an answer may wait for a client that does not read: enough for tens of thousands of items. Many clients send all they
 * have before they read, so that waiting for them earlier would mean to wait for ever.
 */
const MAX_UNREAD_CHARACTERS = 32_000_000;

/** How much is sent in one piece where more of it waits. */
const PIECE_CHARACTERS = 65_536;

/**
 * Gives texts as a stream of bytes. They are taken as they come, whether or not somebody reads, up to a limit. When nobody reads any
 * more, they hear of it by `return`.
 */
export function streamText(
  request: Request,
  texts: AsyncGenerator<string, void>,
): ReadableStream<Uint8Array> {
  const text = new UnreadText();
  const taken = text.take(texts);
  return pacedStream(request, {
    next: () => text.next(),
    leave: async () => {
      text.leave();
      await taken;
    },
  });
}

/** Text that was taken and that nobody has read. */
class UnreadText {
  readonly #encoder = new TextEncoder();
  readonly #pieces: string[] = [];
  #characters = 0;
  #end: { readonly failure: unknown } | null = null;
  #isLeft = false;
  #changed = Promise.withResolvers<void>();

  /** Takes texts until there are no more, or nobody reads. It never rejects: whoever reads hears of what went wrong. */
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

  /** Gives the next piece, or `null` after the last one. */
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

  /** Says that nobody reads any more. */
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
