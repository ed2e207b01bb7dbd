/** Adds started work, and resolves once there is room for more. */
export type AddWork<T> = (work: Promise<T>) => Promise<void>;

/** Options for {@linkcode inOrder}. */
export interface InOrderOptions {
  /** The concurrency limit. */
  readonly atATime: number;
  /** How many finished results may wait to be taken, in addition. @default {32} */
  readonly ahead?: number;
}

/**
 * Yields the results of work in the order in which it was started, each once it and those before it are done. `begin` continues
 * meanwhile, as far as there is room. If the consumer stops, `add` rejects; work that has been started still finishes.
 */
export async function* inOrder<T>(
  begin: (add: AddWork<T>) => Promise<void>,
  { atATime, ahead = 32 }: InOrderOptions,
): AsyncGenerator<T, void> {
  const line = new WorkLine<T>(atATime, ahead);
  const begun = begin((work) => line.add(work)).then(
    () => line.finish(null),
    (failure: unknown) => line.finish({ failure }),
  );
  try {
    for (let next = await line.next(); next; next = await line.next()) yield await next.work;
  } finally {
    line.leave();
    await begun;
    await line.settled();
  }
}

/** A queue of started work, in order, until its results are taken. */
class WorkLine<T> {
  readonly #atATime: number;
  readonly #ahead: number;
  readonly #waiting: Promise<T>[] = [];
  readonly #running = new Set<Promise<T>>();
  #end: { readonly failure: unknown } | "done" | null = null;
  #isLeft = false;
  #changed = Promise.withResolvers<void>();

  constructor(atATime: number, ahead: number) {
    this.#atATime = atATime;
    this.#ahead = ahead;
  }

  async add(work: Promise<T>): Promise<void> {
    this.#waiting.push(work);
    this.#running.add(work);
    const settle = () => {
      this.#running.delete(work);
      this.#announce();
    };
    work.then(settle, settle);
    this.#announce();
    while (this.#isFull()) await this.#changed.promise;
    if (this.#isLeft) throw new DOMException("The reader of the results has left", "AbortError");
  }

  /** Returns the first entry, or `null` after the last. @throws the error of `begin`, after all entries have been taken */
  async next(): Promise<{ readonly work: Promise<T> } | null> {
    while (this.#waiting.length === 0 && this.#end === null) await this.#changed.promise;
    const work = this.#waiting.shift();
    this.#announce();
    if (!work && this.#end !== null && this.#end !== "done") throw this.#end.failure;
    return work ? { work } : null;
  }

  finish(failed: { readonly failure: unknown } | null): void {
    this.#end = failed ?? "done";
    this.#announce();
  }

  leave(): void {
    this.#isLeft = true;
    this.#announce();
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #isFull(): boolean {
    const isBusy = this.#running.size >= this.#atATime;
    return !this.#isLeft && (isBusy || this.#waiting.length >= this.#atATime + this.#ahead);
  }

  #announce(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
