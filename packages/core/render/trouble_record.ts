import { LRUCache } from "lru-cache";
import { ProgImageError } from "../error.ts";
import type { WorkerEnd } from "./render_worker.ts";

const MEMORY_MILLISECONDS = 600_000;
const MEMORY_ENTRIES = 10_000;

/** How often a piece of work may bring its process down before it is refused without another try. */
const TOLERATED = 2;

const CAUSES: Readonly<Record<WorkerEnd, string>> = {
  crash: "its process crashed",
  deadline: "it took too long",
  killed: "its process was ended",
  memory: "it took too much memory",
};

/** Remembers for ten minutes which work brought its process down, so that the same work cannot do so again and again. */
export class TroubleRecord {
  readonly #counts = new LRUCache<string, number>({ max: MEMORY_ENTRIES, ttl: MEMORY_MILLISECONDS });

  /**
   * Refuses work that has brought its process down too often.
   *
   * @throws {ProgImageError} `too_costly`
   */
  check(key: string): void {
    if ((this.#counts.get(key) ?? 0) >= TOLERATED) throw tooCostly("it brought its process down twice");
  }

  /** Takes note that a process ended, and gives the error for whoever waits: the first time is no proof of anything. */
  note(key: string, reason: WorkerEnd): ProgImageError {
    // Somebody outside ended it: not the work's fault.
    const count = (this.#counts.get(key) ?? 0) + (reason === "killed" ? 0 : 1);
    if (count > 0) this.#counts.set(key, count);
    if (count >= TOLERATED) return tooCostly(CAUSES[reason]);
    return new ProgImageError("busy", `Cannot process image as ${CAUSES[reason]}: try again`, {
      details: { retryAfter: 1 },
    });
  }
}

function tooCostly(reason: string): ProgImageError {
  return new ProgImageError("too_costly", `Cannot process image as it costs too much: ${reason}`);
}
