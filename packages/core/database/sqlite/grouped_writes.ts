import type { Database } from "bun:sqlite";

/** How long a group may block the event loop before its commit. The remaining writes form the next group. */
const GROUP_MILLISECONDS = 3;

interface Write {
  /** When it stops waiting for the lock, by `performance.now()`. Later writes have later deadlines. */
  readonly deadline: number;
  /** Does the work and remembers its result. */
  readonly run: () => void;
  /** Resolves the caller's promise with the result. */
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
}

/** Options for {@linkcode GroupedWrites}. */
export interface GroupedWritesOptions {
  /** Runs work immediately, and retries it while others hold the lock, until the deadline. */
  readonly attempt: (work: () => void, deadline: number) => Promise<void>;
  /** Syncs committed writes to disk, so that they survive a power cut. */
  readonly sync: () => Promise<void>;
  /** How long each write may wait for the lock, in milliseconds. */
  readonly lockTimeout: number;
}

/**
 * Groups the writes of one connection. Writes that arrive during a transaction share the next transaction and the next sync. Only writers
 * wait for the sync.
 */
export class GroupedWrites {
  readonly #connection: Database;
  readonly #options: GroupedWritesOptions;
  readonly #waiting: Write[] = [];
  /** The number of writes at the front that need separate transactions, because one of them has failed. */
  #alone = 0;
  #isRunning = false;

  constructor(connection: Database, options: GroupedWritesOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Returns the result of the work, once it is committed and synced to disk. */
  add<T>(work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: T;
    const run = () => {
      result = work();
    };
    const deadline = performance.now() + this.#options.lockTimeout;
    this.#waiting.push({ deadline, run, settle: () => resolve(result), fail: reject });
    if (!this.#isRunning) void this.#runAll();
    return promise;
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      // Other due tasks run first, so that their writes join the group.
      await new Promise(setImmediate);
      await this.#runGroup();
    }
    this.#isRunning = false;
  }

  async #runGroup(): Promise<void> {
    let group: Write[] = [];
    try {
      const deadline = this.#waiting[0]?.deadline ?? 0;
      await this.#options.attempt(() => this.#transact((group = [])), deadline);
    } catch (error) {
      if (group.length > 1) this.#alone = group.length;
      // An empty group means that the transaction did not begin. Later writes may still wait.
      else for (const { fail } of this.#leave(Math.max(1, this.#countLate()))) fail(error);
      return;
    }
    this.#leave(group.length);
    try {
      await this.#options.sync();
      for (const { settle } of group) settle();
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }

  /** Writes a group in one transaction: all of it or nothing. */
  #transact(group: Write[]): void {
    // The sync follows later, while other work continues.
    this.#connection.run("PRAGMA synchronous = NORMAL");
    try {
      this.#connection.run("BEGIN IMMEDIATE");
      const end = performance.now() + GROUP_MILLISECONDS;
      for (const write of this.#waiting) {
        group.push(write);
        write.run();
        if (this.#alone > 0 || performance.now() > end) break;
      }
      this.#connection.run("COMMIT");
    } catch (error) {
      // On a full disk, SQLite has already rolled back.
      if (this.#connection.inTransaction) this.#connection.run("ROLLBACK");
      throw error;
    } finally {
      this.#connection.run("PRAGMA synchronous = FULL");
    }
  }

  /** Returns the number of writes at the front that have reached their deadline. */
  #countLate(): number {
    const now = performance.now();
    const inTime = this.#waiting.findIndex(({ deadline }) => deadline > now);
    return inTime === -1 ? this.#waiting.length : inTime;
  }

  /** Removes writes from the front of the queue. */
  #leave(count: number): readonly Write[] {
    this.#alone = Math.max(0, this.#alone - count);
    return this.#waiting.splice(0, count);
  }
}
