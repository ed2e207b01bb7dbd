/** A derivative that waits for its upload. */
export interface WaitingUpload {
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
}

/** Options for {@linkcode UploadBacklog}. */
export interface UploadBacklogOptions {
  /** The maximum number of waiting uploads; further ones are dropped. */
  readonly capacity: number;
  /** The number of concurrent uploads. @default {4} */
  readonly atATime?: number;
}

/** A queue of uploads in the background. Uploads that fail or do not fit are dropped, because their derivatives can be rendered again. */
export class UploadBacklog {
  readonly #upload: (waiting: WaitingUpload) => Promise<void>;
  readonly #capacity: number;
  readonly #atATime: number;
  readonly #waiting = new Map<string, WaitingUpload>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(
    upload: (waiting: WaitingUpload) => Promise<void>,
    { capacity, atATime = 4 }: UploadBacklogOptions,
  ) {
    this.#upload = upload;
    this.#capacity = capacity;
    this.#atATime = atATime;
  }

  /** Queues an upload, unless the queue is full. */
  add(upload: WaitingUpload): void {
    if (this.#waiting.size < this.#capacity) this.#waiting.set(upload.key, upload);
    this.#start();
  }

  /** Drops waiting uploads of some keys. Resolves when their running uploads have ended. */
  async drop(isDropped: (key: string) => boolean): Promise<void> {
    for (const key of [...this.#waiting.keys()]) if (isDropped(key)) this.#waiting.delete(key);
    await Promise.all([...this.#running].filter(([key]) => isDropped(key)).map(([, running]) => running));
  }

  /** Resolves when no uploads are waiting or running. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  #start(): void {
    for (const [key, waiting] of this.#waiting) {
      if (this.#running.size >= this.#atATime) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      const running = this.#upload(waiting)
        .catch(() => {})
        .finally(() => {
          this.#running.delete(key);
          this.#start();
        });
      this.#running.set(key, running);
    }
  }
}
