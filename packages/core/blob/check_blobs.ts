import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type BlobStore, isLocal, type LocalBlobStore } from "./blob_store.ts";
import { type BlobCheck, checkBlob } from "./check_blob.ts";
import type { FilesToCheck } from "./check_files_worker.ts";

/** The number of blobs in each batch of a thread. */
const FILES_AT_ONCE = 64;

/** The number of remote blobs that are read concurrently. */
const OBJECTS_AT_A_TIME = 16;

/** Compares many blobs with their SHA-256. Reads local files in threads, one for each core. */
export class BlobChecker implements Disposable {
  readonly #blobs: BlobStore;
  readonly #threads: readonly Worker[];

  constructor(blobs: BlobStore, { threads = availableParallelism() }: { readonly threads?: number } = {}) {
    this.#blobs = blobs;
    this.#threads = isLocal(blobs) ? Array.from({ length: threads }, startThread) : [];
  }

  /**
   * Checks blobs. Yields the results in any order.
   *
   * @throws {ProgImageError} `unavailable` if the store does not respond
   */
  async *check(keys: readonly string[]): AsyncGenerator<BlobCheck> {
    const blobs = this.#blobs;
    const batches = isLocal(blobs)
      ? inParallel(this.#threads, slicesOf(keys, FILES_AT_ONCE), (thread, some) =>
          checkFiles(thread, blobs, some),
        )
      : inParallel(
          Array.from({ length: OBJECTS_AT_A_TIME }),
          slicesOf(keys, 1),
          async (_, some) => await Promise.all(some.map((key) => checkBlob(blobs, key))),
        );
    for await (const batch of batches) yield* batch;
  }

  [Symbol.dispose](): void {
    for (const thread of this.#threads) void thread.terminate();
  }
}

function startThread(): Worker {
  return new Worker(new URL("./check_files_worker.ts", import.meta.url));
}

async function checkFiles(
  thread: Worker,
  blobs: LocalBlobStore,
  keys: readonly string[],
): Promise<readonly BlobCheck[]> {
  const work: FilesToCheck = { files: keys.map((key) => ({ key, path: blobs.localPath(key) })) };
  // `once()` rejects if the thread fails.
  const answered = once(thread, "message");
  thread.postMessage(work, []);
  const [checks]: readonly (readonly BlobCheck[])[] = await answered;
  return checks ?? [];
}

function* slicesOf(keys: readonly string[], size: number): Generator<readonly string[]> {
  for (let start = 0; start < keys.length; start += size) yield keys.slice(start, start + size);
}

/** Keeps each worker busy with one item of work at a time. Yields the results as they arrive. */
async function* inParallel<Each, Work, Result>(
  workers: readonly Each[],
  work: Iterator<Work>,
  carryOut: (worker: Each, work: Work) => Promise<Result>,
): AsyncGenerator<Result> {
  const running = new Map<number, Promise<{ readonly index: number; readonly result: Result }>>();
  const begin = (index: number): void => {
    const next = work.next();
    if (next.done) return void running.delete(index);
    const begun = carryOut(workers[index] as Each, next.value);
    running.set(
      index,
      begun.then((result) => ({ index, result })),
    );
  };
  workers.forEach((_, index) => begin(index));
  while (running.size > 0) {
    const { index, result } = await Promise.race(running.values());
    begin(index);
    yield result;
  }
}
