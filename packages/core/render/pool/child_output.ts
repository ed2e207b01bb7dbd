/** Options for {@linkcode ChildOutput}. */
export interface ChildOutputOptions {
  /** Hears what a process has printed: at most {@linkcode MOST_CHARACTERS}, from its beginning. */
  readonly onText: (text: string) => void;
}

/** The most characters that are kept of what a process prints in one go. */
export const MOST_CHARACTERS = 4_000;

/** How long a process may go on printing before its words are passed on. */
const PAUSE_MILLISECONDS = 1_000;

/** How long to wait for the last words of a process that has ended: others may hold its pipe open. */
const LAST_WORDS_MILLISECONDS = 200;

/** Collects what a process prints, so that many lines become one entry of the log, which is bounded whatever the process does. */
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

  /** Passes on what has been printed so far. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const text = this.#text.trim();
    const left = this.#left;
    this.#text = "";
    this.#left = 0;
    if (text !== "") this.#options.onText(left > 0 ? `${text} … (${left} more characters)` : text);
  }

  /** Waits for a moment for what an ended process has left in its pipes. Returns all that was not passed on yet. */
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
