/** Options for {@linkcode AbandonedRender}. */
export interface AbandonedRenderOptions {
  /** Aborts when the last caller has left. */
  readonly signal: AbortSignal | undefined;
  /** Whether other tasks wait for a process. */
  readonly othersWait: () => boolean;
  /** Called once when the render must end. */
  readonly onGivenUp: () => void;
}

/** How long an abandoned render may run while others wait. Another caller may ask for it, and many renders are nearly done. */
export const ABANDONED_MILLISECONDS = 500;

/** The interval between checks of whether others wait. */
const PAUSE_MILLISECONDS = 100;

/** Watches a render until disposed. After its last caller has left, gives the render up once other tasks wait for a process. */
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
