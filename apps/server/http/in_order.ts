/** Takes work that was begun, and resolves once there is room for more. */
export type AddWork<T> = (work: Promise<T>) => Promise<void>;

/** Options for {@linkcode inOrder}. */
export interface InOrderOptions {
  /** How much work may go on at a time. */
  readonly atATime: number;
  /** How many results may wait to be taken, besides. @default {32} */
  readonly ahead?: number;
}

/**
 * Gives the results of work in the order in which it was begun, each as soon as it and those before it are done. `begin` goes on
 * meanwhile, as far as there is room. When nobody takes results any more it is told so by an error of `add`; what was begun by then
 * is finished.
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

/** Work in the order in which it was begun, until its results are taken. */
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
    if (this.#isLeft) throw new DOMException("Nobody waits for the results any more", "AbortError");
  }

  /** Gives what is first, or `null` after the last. @throws what the work was begun with failed by, once all of it was taken */
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
