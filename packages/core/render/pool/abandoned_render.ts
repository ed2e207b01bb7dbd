/** Options for {@linkcode AbandonedRender}. */
export interface AbandonedRenderOptions {
  /** Is aborted when the last caller has left. */
  readonly signal: AbortSignal | undefined;
  /** Whether others wait for a process. */
  readonly othersWait: () => boolean;
  /** Hears once that the render is to be ended. */
  readonly onGivenUp: () => void;
}

/** How long an abandoned render may go on while others wait: another caller may come for it, and many are nearly done. */
export const ABANDONED_MILLISECONDS = 500;

/** How often to look whether others wait meanwhile. */
const PAUSE_MILLISECONDS = 100;

/** Watches a render until it is disposed of. Gives it up when its last caller has left, but only if others wait in line. */
export class AbandonedRender implements Disposable {
  readonly #options: AbandonedRenderOptions;
  readonly #onAbort = () => this.#lookAfter(ABANDONED_MILLISECONDS);
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: AbandonedRenderOptions) {
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  [Symbol.dispose](): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    if (this.#timer) clearTimeout(this.#timer);
  }

  #lookAfter(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      if (this.#options.othersWait()) this.#options.onGivenUp();
      else this.#lookAfter(PAUSE_MILLISECONDS);
    }, milliseconds);
  }
}
