import { ProgImageError } from "../error.ts";

/** Whether somebody waits for a single result, or for many of them. */
export type Priority = "bulk" | "interactive";

/** Options for {@linkcode WaitingLine}. */
export interface WaitingLineOptions {
  /** How many of each priority may wait. */
  readonly capacity: number;
  /** How long each may wait, in milliseconds. */
  readonly patience: number;
  /** How long each may wait whose work is bulk. @default the same */
  readonly bulkPatience?: number;
  /** How many work at a time. @default {1} */
  readonly workers?: number;
  /** How many of these may do heavy work. @default all */
  readonly heavyWorkers?: number;
}

/** Options for {@linkcode WaitingLine.wait}. */
export interface WaitOptions {
  /** Leaves the line when it says so. */
  readonly signal?: AbortSignal;
  /** How long its work will take, in milliseconds. @default {0} */
  readonly cost?: number;
  /** Bulk goes behind everything else. @default {"interactive"} */
  readonly priority?: Priority;
  /** Whether it has to leave a worker to lighter work. @default {false} */
  readonly isHeavy?: boolean;
  /** Bytes of memory that its work will take. @default {0} */
  readonly memory?: number;
}

/** The room that there is for work beside that under way. */
export interface Room {
  /** Whether heavy work may begin. @default {true} */
  readonly hasHeavyPlace?: boolean;
  /** Bytes of memory. @default without limit */
  readonly freeMemory?: number;
}

/**
 * Those who wait for their turn: first come, first served, bulk behind the rest. None waits longer than it may or after it has
 * left, and who would certainly have to is sent away at once.
 */
export class WaitingLine<Turn> {
  readonly #options: Required<WaitingLineOptions>;
  readonly #waiting: Readonly<Record<Priority, Set<Waiter<Turn>>>> = {
    interactive: new Set(),
    bulk: new Set(),
  };
  /** What those who wait will cost, and the heavy ones among them. */
  readonly #costs: Readonly<Record<Priority, { all: number; heavy: number }>> = {
    interactive: { all: 0, heavy: 0 },
    bulk: { all: 0, heavy: 0 },
  };

  constructor(options: WaitingLineOptions) {
    const { workers = 1 } = options;
    const defaults = { workers, heavyWorkers: workers, bulkPatience: options.patience };
    this.#options = { ...defaults, ...options };
  }

  get length(): number {
    return this.#waiting.interactive.size + this.#waiting.bulk.size;
  }

  /**
   * Waits for a turn.
   *
   * @throws {ProgImageError} `busy` if the line is full or the wait too long, `cancelled` once the signal says so
   */
  wait(options: WaitOptions = {}): Promise<Turn> {
    const { signal, cost = 0, priority = "interactive", isHeavy = false, memory = 0 } = options;
    if (signal?.aborted) return Promise.reject(cancelled());
    const patience = priority === "bulk" ? this.#options.bulkPatience : this.#options.patience;
    const expected = this.#expectedWait(priority, isHeavy);
    const line = this.#waiting[priority];
    if (line.size >= this.#options.capacity || expected > patience)
      return Promise.reject(busy("too many others wait", expected));
    const { promise, resolve, reject } = Promise.withResolvers<Turn>();
    const leave = (error: Error) => {
      settle();
      reject(error);
    };
    const onAbort = () => leave(cancelled());
    const onTimeout = () =>
      leave(busy(`it waited ${patience} ms for its turn`, this.#expectedWait(priority, isHeavy)));
    const timer = setTimeout(onTimeout, patience);
    const settle = () => {
      if (line.delete(waiter)) this.#count(priority, isHeavy, -cost);
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const waiter: Waiter<Turn> = {
      isHeavy,
      memory,
      begin: (turn) => {
        settle();
        resolve(turn);
      },
      leave,
    };
    signal?.addEventListener("abort", onAbort);
    line.add(waiter);
    this.#count(priority, isHeavy, cost);
    return promise;
  }

  /**
   * Gives the turn to the first whose work there is room for.
   *
   * @returns what its work takes of the room; `null` if nobody takes the turn
   */
  admit(turn: Turn, { hasHeavyPlace = true, freeMemory = Infinity }: Room = {}): Load | null {
    for (const line of [this.#waiting.interactive, this.#waiting.bulk]) {
      for (const waiter of line) {
        const { isHeavy, memory } = waiter;
        if ((isHeavy && !hasHeavyPlace) || memory > freeMemory) continue;
        waiter.begin(turn);
        return { isHeavy, memory };
      }
    }
    return null;
  }

  /** Sends everybody away. */
  dismiss(error: Error): void {
    for (const line of Object.values(this.#waiting)) for (const waiter of [...line]) waiter.leave(error);
  }

  #count(priority: Priority, isHeavy: boolean, cost: number): void {
    const costs = this.#costs[priority];
    costs.all += cost;
    if (isHeavy) costs.heavy += cost;
    // What is added and taken away again leaves rounding errors behind.
    if (this.#waiting[priority].size === 0) Object.assign(costs, { all: 0, heavy: 0 });
  }

  /** Gives how many milliseconds those ahead will take, as far as they are in this line. */
  #expectedWait(priority: Priority, isHeavy: boolean): number {
    const { interactive, bulk } = this.#costs;
    const ahead = (kind: "all" | "heavy") => interactive[kind] + (priority === "bulk" ? bulk[kind] : 0);
    const { workers, heavyWorkers } = this.#options;
    const wait = ahead("all") / workers;
    return isHeavy ? Math.max(wait, ahead("heavy") / heavyWorkers) : wait;
  }
}

/** What work takes of the room. */
type Load = Required<Pick<WaitOptions, "isHeavy" | "memory">>;

interface Waiter<Turn> extends Load {
  readonly begin: (turn: Turn) => void;
  readonly leave: (error: Error) => void;
}

/** The longest that we ask somebody to stay away, in seconds. */
const LONGEST_RETRY_AFTER = 60;

function busy(reason: string, expectedWait: number): ProgImageError {
  const retryAfter = Math.min(LONGEST_RETRY_AFTER, Math.max(1, Math.ceil(expectedWait / 1000)));
  return new ProgImageError("busy", `Cannot process image as the server is busy (${reason}): try again`, {
    details: { retryAfter },
  });
}

/** Returns the error for work that nobody waits for any more. */
export function cancelled(): ProgImageError {
  return new ProgImageError("cancelled", "Cannot process image: nobody waits for it any more");
}
