import { type Job, ProgImageError } from "@progimage/core";

/** Options for {@linkcode JobWatcher}. */
export interface JobWatcherOptions {
  readonly find: (id: string) => Promise<Job | null>;
  /** How many may watch at a time. */
  readonly capacity: number;
  /** Milliseconds between two looks at a job. @default {250} */
  readonly interval?: number;
}

/** Somebody who watches a job, until disposed of. */
export interface JobWatch extends Disposable {
  /**
   * Gives the job once it has changed since the last call, or `null` after so many milliseconds without news. `"gone"` says that
   * nothing more will come: there is no such job any more, or the process stops.
   */
  next(milliseconds: number): Promise<Job | "gone" | null>;
}

/** Watches jobs by looking at their records: once for each job, however many there are who want to know. */
export class JobWatcher implements Disposable {
  readonly #options: JobWatcherOptions;
  readonly #looks = new Map<string, Look>();
  #watching = 0;
  #isClosed = false;

  constructor(options: JobWatcherOptions) {
    this.#options = options;
  }

  /**
   * Begins to watch a job that was just looked at.
   *
   * @throws {ProgImageError} `busy` if too many watch already
   */
  watch(job: Job): JobWatch {
    if (this.#watching >= this.#options.capacity) throw tooMany();
    this.#watching++;
    const look = this.#looks.get(job.id) ?? this.#begin(job);
    look.watches++;
    return new Watch(look, job, () => this.#leave(look));
  }

  /** Lets nobody wait any longer. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const look of this.#looks.values()) look.change("gone");
  }

  #begin(job: Job): Look {
    const look = new Look(job);
    this.#looks.set(job.id, look);
    if (this.#isClosed) look.change("gone");
    this.#schedule(look);
    return look;
  }

  #leave(look: Look): void {
    this.#watching--;
    look.watches--;
    if (look.watches > 0) return;
    clearTimeout(look.timer);
    this.#looks.delete(look.id);
  }

  #schedule(look: Look): void {
    const { interval = 250 } = this.#options;
    look.timer = setTimeout(() => void this.#lookAgain(look), interval);
  }

  async #lookAgain(look: Look): Promise<void> {
    try {
      const job = await this.#options.find(look.id);
      look.change(job ?? "gone");
    } catch {
      // The database may come back: whoever watches has the time.
    }
    if (look.watches > 0 && look.job !== "gone") this.#schedule(look);
  }
}

/** A job as it was last seen, for all who watch it. */
class Look {
  readonly id: string;
  watches = 0;
  timer: ReturnType<typeof setTimeout> | undefined;
  job: Job | "gone";
  #changed = Promise.withResolvers<void>();

  constructor(job: Job) {
    this.id = job.id;
    this.job = job;
  }

  /** Resolves with the next change. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  change(job: Job | "gone"): void {
    if (this.job === "gone" || Bun.deepEquals(job, this.job)) return;
    this.job = job;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

class Watch implements JobWatch {
  readonly #look: Look;
  readonly #left = Promise.withResolvers<void>();
  readonly #leave: () => void;
  #seen: Job | "gone";
  #hasLeft = false;

  constructor(look: Look, seen: Job, leave: () => void) {
    this.#look = look;
    this.#seen = seen;
    this.#leave = leave;
  }

  async next(milliseconds: number): Promise<Job | "gone" | null> {
    const { promise: silence, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    if (this.#isUnchanged()) await Promise.race([this.#look.changed, this.#left.promise, silence]);
    clearTimeout(timer);
    if (this.#hasLeft) return "gone";
    if (this.#isUnchanged()) return null;
    this.#seen = this.#look.job;
    return this.#seen;
  }

  [Symbol.dispose](): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#left.resolve();
    this.#leave();
  }

  #isUnchanged(): boolean {
    return !this.#hasLeft && Bun.deepEquals(this.#seen, this.#look.job);
  }
}

function tooMany(): ProgImageError {
  const message = "Cannot watch job as too many are watched: ask for it now and then instead";
  return new ProgImageError("busy", message, { details: { retryAfter: 5 } });
}
