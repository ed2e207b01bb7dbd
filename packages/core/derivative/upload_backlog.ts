/** A derivative that waits to be uploaded. */
export interface WaitingUpload {
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
}

/** Options for {@linkcode UploadBacklog}. */
export interface UploadBacklogOptions {
  /** How many may wait: more are dropped. */
  readonly capacity: number;
  /** How many go at a time. @default {4} */
  readonly atATime?: number;
}

/** Uploads that nobody waits for, one after the other in a few rows. What fails or does not fit is dropped: it can be made again. */
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

  /** Has something uploaded later, unless too much waits. */
  add(upload: WaitingUpload): void {
    if (this.#waiting.size < this.#capacity) this.#waiting.set(upload.key, upload);
    this.#start();
  }

  /** Drops what waits under some keys. Resolves when what was on its way has ended. */
  async drop(isDropped: (key: string) => boolean): Promise<void> {
    for (const key of [...this.#waiting.keys()]) if (isDropped(key)) this.#waiting.delete(key);
    await Promise.all([...this.#running].filter(([key]) => isDropped(key)).map(([, running]) => running));
  }

  /** Resolves when nothing waits and nothing is on its way. */
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
