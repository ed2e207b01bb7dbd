import { type Job, Limiter, ProgImageError } from "@progimage/core";

/** Options for {@linkcode JobWatcher}. */
export interface JobWatcherOptions {
  /** Returns the present state of a job, or `null` if it is gone. */
  readonly find: (job: Pick<Job, "id" | "owner">) => Promise<Job | null>;
  /** The maximum number of concurrent watches. */
  readonly capacity: number;
  /** Milliseconds between two reads of a job. @default {250} */
  readonly interval?: number;
}

/** A watch of a job, until disposed of. */
export interface JobWatch extends Disposable {
  /**
   * Returns the job once it has changed since the last call, or `null` after `milliseconds` without a change. Returns `"gone"` if nothing
   * more will come: the job does not exist any more, or the process stops.
   */
  next(milliseconds: number): Promise<Job | "gone" | null>;
}

/** Watches jobs by polling their records: once for each job, regardless of the number of watches. */
export class JobWatcher implements Disposable {
  readonly #options: JobWatcherOptions;
  readonly #looks = new Map<string, Look>();
  readonly #limiter: Limiter;
  #isClosed = false;

  constructor(options: JobWatcherOptions) {
    this.#options = options;
    this.#limiter = new Limiter({ limit: options.capacity, busy: tooMany });
  }

  /**
   * Begins to watch a job that was just read.
   *
   * @throws {ProgImageError} `busy` if there are too many watches
   */
  watch(job: Job): JobWatch {
    const place = this.#limiter.enterNow();
    const look = this.#looks.get(job.id) ?? this.#begin(job);
    look.watches++;
    return new Watch(look, job, () => this.#leave(look, place));
  }

  /** Ends all watches. */
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

  #leave(look: Look, place: Disposable): void {
    place[Symbol.dispose]();
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
      const job = await this.#options.find(look);
      look.change(job ?? "gone");
    } catch {
      // The database may come back, and watches can wait.
    }
    if (look.watches > 0 && look.job !== "gone") this.#schedule(look);
  }
}

/** The last seen state of a job, shared by all its watches. */
class Look {
  readonly id: string;
  readonly owner: string;
  watches = 0;
  timer: ReturnType<typeof setTimeout> | undefined;
  job: Job | "gone";
  #changed = Promise.withResolvers<void>();

  constructor(job: Job) {
    this.id = job.id;
    this.owner = job.owner;
    this.job = job;
  }

  /** Resolves at the next change. */
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
  const message = "Cannot watch job as too many are watched: poll it instead";
  return new ProgImageError("busy", message, { details: { retryAfter: 5 } });
}
