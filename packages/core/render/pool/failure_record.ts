import { LRUCache } from "lru-cache";
import { ProgImageError } from "../../error.ts";
import type { WorkerEnd } from "./render_worker.ts";

const MEMORY_MILLISECONDS = 600_000;
const MEMORY_ENTRIES = 10_000;

/** How many crashes of its process a piece of work may cause before it is rejected without another try. */
const TOLERATED_CRASHES = 2;

const CAUSES: Readonly<Record<WorkerEnd, string>> = {
  abandoned: "the request for it was cancelled",
  cpu: "it used up its CPU time",
  crash: "its process crashed",
  killed: "its process was ended",
  memory: "it took too much memory",
  stuck: "it did not get ahead",
};

interface Fault {
  readonly crashes: number;
  /** The error with which the same work is rejected from now on; `null` if it is not rejected. */
  readonly message: string | null;
}

/**
 * Remembers for ten minutes which work made its process end, so that the same work cannot do so repeatedly. Only facts about the work
 * count: CPU time and memory that it has taken, and crashes from the second on.
 */
export class FailureRecord {
  readonly #faults = new LRUCache<string, Fault>({ max: MEMORY_ENTRIES, ttl: MEMORY_MILLISECONDS });

  /**
   * Rejects work that is known to make its process end.
   *
   * @throws {ProgImageError} `too_costly`
   */
  check(key: string): void {
    const message = this.#faults.get(key)?.message;
    if (message) throw new ProgImageError("too_costly", message);
  }

  /** Records that the process itself rejected the work as too costly. */
  refuse(key: string, { message }: ProgImageError): void {
    this.#faults.set(key, { crashes: 0, message });
  }

  /** Records that a process ended during the work. Returns the error for the caller: `too_costly` if the work is to blame, else `busy`. */
  note(key: string, reason: WorkerEnd): ProgImageError {
    const cause = CAUSES[reason];
    const crashes = (this.#faults.get(key)?.crashes ?? 0) + Number(reason === "crash");
    const isRefused = isToBlame(reason) || crashes >= TOLERATED_CRASHES;
    const message = isRefused ? `Cannot process image as it costs too much: ${cause}` : null;
    if (isRefused || reason === "crash") this.#faults.set(key, { crashes, message });
    if (message) return new ProgImageError("too_costly", message);
    return new ProgImageError("busy", `Cannot process image as ${cause}: try again`, {
      details: { retryAfter: 1 },
    });
  }
}

/** Whether the work itself caused the end, regardless of the machine's load. */
export function isToBlame(reason: WorkerEnd): boolean {
  return reason === "cpu" || reason === "memory";
}
