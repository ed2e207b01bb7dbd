/** Options for {@linkcode inOrder}. */
export interface InOrderOptions {
  /** How many calls run at the same time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/** Results that may wait for an earlier one, for each call that runs. */
const AHEAD = 16;

/**
 * Calls a function for each item, several at the same time, and yields the results in order. When one call fails, the others are aborted.
 *
 * @throws {RangeError} if the concurrency is not a whole number from 1
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  run: (item: Item, index: number, signal: AbortSignal) => Promise<Result>,
  { concurrency, signal }: InOrderOptions,
): AsyncGenerator<Result, void> {
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new RangeError(`Cannot run ${concurrency} at the same time: it must be a whole number from 1`);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const running = new Set<Promise<void>>();
  const waiting: { readonly result: Promise<Result>; isSettled: boolean }[] = [];
  let index = 0;
  try {
    for await (const item of items) {
      either.throwIfAborted();
      const entry = { result: run(item, index++, either), isSettled: false };
      const settled = entry.result.then(noop, noop).then(() => {
        entry.isSettled = true;
        running.delete(settled);
      });
      running.add(settled);
      waiting.push(entry);
      while (running.size >= concurrency) await Promise.race(running);
      while (waiting[0]?.isSettled || waiting.length >= AHEAD * concurrency) yield* first(waiting);
    }
    while (waiting.length > 0) yield* first(waiting);
  } finally {
    stop.abort();
  }
}

async function* first<Result>(waiting: { readonly result: Promise<Result> }[]): AsyncGenerator<Result, void> {
  const entry = waiting.shift();
  if (entry) yield await entry.result;
}

function noop(): void {}
