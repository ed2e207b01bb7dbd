/** Options for {@linkcode ChildOutput}. */
export interface ChildOutputOptions {
  /** Called with the output of a process: at most {@linkcode MOST_CHARACTERS}, from its beginning. */
  readonly onText: (text: string) => void;
}

/** The most characters that are kept of one burst of output. */
export const MOST_CHARACTERS = 4_000;

/** How long output is collected before it is passed on. */
const PAUSE_MILLISECONDS = 1_000;

/** How long to wait for the last output of a process that has ended. Other processes may hold its pipe open. */
const LAST_WORDS_MILLISECONDS = 200;

/** Collects the output of a process, so that many lines become one log entry of limited size. */
export class ChildOutput {
  readonly #options: ChildOutputOptions;
  readonly #isRead: Promise<unknown>;
  #text = "";
  #left = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(streams: readonly ReadableStream<Uint8Array>[], options: ChildOutputOptions) {
    this.#options = options;
    this.#isRead = Promise.all(streams.map((stream) => this.#read(stream)));
  }

  /** Passes on the output collected so far. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const text = this.#text.trim();
    const left = this.#left;
    this.#text = "";
    this.#left = 0;
    if (text !== "") this.#options.onText(left > 0 ? `${text} … (${left} more characters)` : text);
  }

  /** Waits briefly for the output left in the pipes of an ended process. Returns all output that was not yet passed on. */
  async lastWords(): Promise<string> {
    await Promise.race([this.#isRead, Bun.sleep(LAST_WORDS_MILLISECONDS)]);
    return this.#text;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#add(decoder.decode(chunk, { stream: true }));
  }

  #add(text: string): void {
    const kept = text.slice(0, Math.max(0, MOST_CHARACTERS - this.#text.length));
    this.#text += kept;
    this.#left += text.length - kept.length;
    this.#timer ??= setTimeout(() => this.flush(), PAUSE_MILLISECONDS);
  }
}
