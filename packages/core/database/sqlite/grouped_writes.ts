import type { Database } from "bun:sqlite";

/** For how long a group may hold up the event loop before its commit. What is left then is the next group. */
const GROUP_MILLISECONDS = 3;

interface Write {
  /** Until when it may wait for the lock, as `performance.now()` has it. Those behind have later ones. */
  readonly deadline: number;
  /** Does the work and remembers what it gave. */
  readonly run: () => void;
  /** Gives that to whoever waits. */
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
}

/** Options for {@linkcode GroupedWrites}. */
export interface GroupedWritesOptions {
  /** Does work at once, and again as long as others have the lock, but not after the deadline. */
  readonly attempt: (work: () => void, deadline: number) => Promise<void>;
  /** Makes what was committed survive a power cut. */
  readonly sync: () => Promise<void>;
  /** How long each may wait for the lock, in milliseconds. */
  readonly patience: number;
}

/**
 * Work to be written by one connection. What comes while something else is written shares the next transaction and the next wait
 * for the disk, which nothing but those who write has to wait for.
 */
export class GroupedWrites {
  readonly #connection: Database;
  readonly #options: GroupedWritesOptions;
  readonly #waiting: Write[] = [];
  /** How many of the first must not share a transaction: one of them has failed, and the others are not to blame. */
  #alone = 0;
  #isRunning = false;

  constructor(connection: Database, options: GroupedWritesOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Gives what the work gives, once it is committed and safe on disk. */
  add<T>(work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: T;
    const run = () => {
      result = work();
    };
    const deadline = performance.now() + this.#options.patience;
    this.#waiting.push({ deadline, run, settle: () => resolve(result), fail: reject });
    if (!this.#isRunning) void this.#runAll();
    return promise;
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      // Whatever else is due comes first, and what it has to write comes along.
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
      // Without a group the transaction has not even begun. Those who came later may still wait.
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

  /** Writes a group and commits it, or nothing of it. */
  #transact(group: Write[]): void {
    // Synced afterwards, while other work goes on.
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
      // A full disk has taken it back already.
      if (this.#connection.inTransaction) this.#connection.run("ROLLBACK");
      throw error;
    } finally {
      this.#connection.run("PRAGMA synchronous = FULL");
    }
  }

  /** Returns how many of the first have waited for as long as they may. */
  #countLate(): number {
    const now = performance.now();
    const inTime = this.#waiting.findIndex(({ deadline }) => deadline > now);
    return inTime === -1 ? this.#waiting.length : inTime;
  }

  /** Takes the first out of the line. */
  #leave(count: number): readonly Write[] {
    this.#alone = Math.max(0, this.#alone - count);
    return this.#waiting.splice(0, count);
  }
}
