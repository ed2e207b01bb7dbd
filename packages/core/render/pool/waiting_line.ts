import { ProgImageError } from "../../error.ts";
import { Waiter } from "../../waiting/waiter.ts";

/** Whether the caller waits for a single result, or for many of them. */
export type Priority = "bulk" | "interactive";

/** Options for {@linkcode WaitingLine}. */
export interface WaitingLineOptions {
  /** How many tasks of each priority may wait. */
  readonly capacity: number;
  /** How long each task may wait, in milliseconds. */
  readonly queueTimeout: number;
  /** How long each bulk task may wait, in milliseconds. @default the same */
  readonly bulkQueueTimeout?: number;
  /** The number of workers. @default {1} */
  readonly workers?: number;
  /** How many of these workers may do heavy work. @default all */
  readonly heavyWorkers?: number;
}

/** Options for {@linkcode WaitingLine.wait}. */
export interface WaitOptions {
  /** Removes the task from the queue when aborted. */
  readonly signal?: AbortSignal;
  /** How long the task will take, in milliseconds. @default {0} */
  readonly cost?: number;
  /** Bulk tasks go behind all others. @default {"interactive"} */
  readonly priority?: Priority;
  /** Among bulk tasks, a higher rank goes first: the priority of a job. @default {2} */
  readonly rank?: number;
  /** Whether the task must leave a worker to lighter tasks. @default {false} */
  readonly isHeavy?: boolean;
  /** Bytes of memory that the task will take. @default {0} */
  readonly memory?: number;
}

/** The capacity left beside the work in progress. */
export interface Room {
  /** Whether heavy work may begin. @default {true} */
  readonly hasHeavyPlace?: boolean;
  /** Bytes of memory. @default without limit */
  readonly freeMemory?: number;
}

/** The rank of bulk tasks whose caller waits, and of jobs of high priority. */
const HIGHEST_RANK = 2;

/**
 * A queue of tasks: interactive ones before bulk ones, bulk ones by rank, otherwise first come, first served. A task never waits longer
 * than its limit, nor after its caller has left. One that is certain to exceed its limit is rejected immediately.
 */
export class WaitingLine<Turn> {
  readonly #options: Required<WaitingLineOptions>;
  readonly #waiting: Readonly<Record<Priority, Set<WaitingTask<Turn>>>> = {
    interactive: new Set(),
    bulk: new Set(),
  };
  /** The total cost of the waiting tasks, and of the heavy ones among them. */
  readonly #costs: Readonly<Record<Priority, { all: number; heavy: number }>> = {
    interactive: { all: 0, heavy: 0 },
    bulk: { all: 0, heavy: 0 },
  };

  constructor(options: WaitingLineOptions) {
    const { workers = 1 } = options;
    const defaults = { workers, heavyWorkers: workers, bulkQueueTimeout: options.queueTimeout };
    this.#options = { ...defaults, ...options };
  }

  get length(): number {
    return this.#waiting.interactive.size + this.#waiting.bulk.size;
  }

  /**
   * Waits for a turn.
   *
   * @throws {ProgImageError} `busy` if the queue is full or the wait too long, `cancelled` when the signal aborts
   */
  wait(options: WaitOptions = {}): Promise<Turn> {
    const { signal, cost = 0, priority = "interactive", isHeavy = false, memory = 0 } = options;
    const { rank = HIGHEST_RANK } = options;
    if (signal?.aborted) return Promise.reject(cancelled());
    const queueTimeout = priority === "bulk" ? this.#options.bulkQueueTimeout : this.#options.queueTimeout;
    const expected = this.#expectedWait(priority, isHeavy, rank);
    const line = this.#waiting[priority];
    if (line.size >= this.#options.capacity || expected > queueTimeout)
      return Promise.reject(busy("too many others wait", expected));
    const waiter = new Waiter<Turn>({
      signal,
      cancelled,
      timeout: queueTimeout,
      busy: () =>
        busy(`it waited ${queueTimeout} ms for its turn`, this.#expectedWait(priority, isHeavy, rank)),
      onEnd: () => {
        line.delete(task);
        this.#count(priority, isHeavy, -cost);
      },
    });
    const task: WaitingTask<Turn> = { rank, cost, isHeavy, memory, waiter };
    line.add(task);
    letPass(line, task);
    this.#count(priority, isHeavy, cost);
    return waiter.turn;
  }

  /**
   * Gives the turn to the first task that fits the room.
   *
   * @returns the room that the task takes; `null` if no task takes the turn
   */
  admit(turn: Turn, { hasHeavyPlace = true, freeMemory = Infinity }: Room = {}): Load | null {
    for (const line of [this.#waiting.interactive, this.#waiting.bulk]) {
      for (const { isHeavy, memory, waiter } of line) {
        if ((isHeavy && !hasHeavyPlace) || memory > freeMemory) continue;
        waiter.begin(turn);
        return { isHeavy, memory };
      }
    }
    return null;
  }

  /** Rejects all waiting tasks. */
  dismiss(error: Error): void {
    for (const line of Object.values(this.#waiting)) for (const { waiter } of [...line]) waiter.leave(error);
  }

  #count(priority: Priority, isHeavy: boolean, cost: number): void {
    const costs = this.#costs[priority];
    costs.all += cost;
    if (isHeavy) costs.heavy += cost;
    // Adding and subtracting costs accumulates rounding errors: an empty queue resets them.
    if (this.#waiting[priority].size === 0) Object.assign(costs, { all: 0, heavy: 0 });
  }

  /** Returns how many milliseconds the tasks ahead in this queue will take. */
  #expectedWait(priority: Priority, isHeavy: boolean, rank: number): number {
    const { interactive, bulk } = this.#costs;
    const behind = this.#bulkBelow(rank);
    const bulkAhead = (kind: "all" | "heavy") => (priority === "bulk" ? bulk[kind] - behind[kind] : 0);
    const ahead = (kind: "all" | "heavy") => interactive[kind] + bulkAhead(kind);
    const { workers, heavyWorkers } = this.#options;
    const wait = ahead("all") / workers;
    return isHeavy ? Math.max(wait, ahead("heavy") / heavyWorkers) : wait;
  }

  /** Returns the cost of the bulk tasks of a lower rank. */
  #bulkBelow(rank: number) {
    const below = [...this.#waiting.bulk].filter((task) => task.rank < rank);
    const sum = (tasks: readonly WaitingTask<Turn>[]) => tasks.reduce((total, { cost }) => total + cost, 0);
    return { all: sum(below), heavy: sum(below.filter(({ isHeavy }) => isHeavy)) };
  }
}

/** Moves tasks of a lower rank behind one that has just joined. */
function letPass<Turn>(line: Set<WaitingTask<Turn>>, last: WaitingTask<Turn>): void {
  for (const task of [...line].filter(({ rank }) => rank < last.rank)) {
    line.delete(task);
    line.add(task);
  }
}

/** The room that a task takes. */
type Load = Required<Pick<WaitOptions, "isHeavy" | "memory">>;

interface WaitingTask<Turn> extends Load {
  readonly rank: number;
  readonly cost: number;
  readonly waiter: Waiter<Turn>;
}

/** The largest retry delay that a client is told, in seconds. */
const LONGEST_RETRY_AFTER = 60;

function busy(reason: string, expectedWait: number): ProgImageError {
  const retryAfter = Math.min(LONGEST_RETRY_AFTER, Math.max(1, Math.ceil(expectedWait / 1000)));
  return new ProgImageError("busy", `Cannot process image as the server is busy (${reason}): try again`, {
    details: { retryAfter },
  });
}

/** Returns the error for work whose caller has left. */
export function cancelled(): ProgImageError {
  return new ProgImageError("cancelled", "Cannot process image as the request for it was cancelled");
}
