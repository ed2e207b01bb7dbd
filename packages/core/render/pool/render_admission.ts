import { ProgImageError } from "../../error.ts";

/** The memory of work that has begun. */
export interface MemoryHolder {
  /** Bytes that it takes, as predicted. */
  readonly memory: number;
}

/**
 * Returns how many bytes are left for a render that has not begun; unlimited if no other render runs.
 *
 * @param capacity bytes for all running renders together
 */
export function freeMemory(capacity: number, holders: Iterable<MemoryHolder>): number {
  let held = 0;
  for (const { memory } of holders) held += memory;
  return held === 0 ? Infinity : capacity - held;
}

/**
 * Rejects a render that would not fit even if it were the only one.
 *
 * @throws {ProgImageError} `too_costly`
 */
export function checkMemory(memory: number, capacity: number): void {
  if (memory <= capacity) return;
  const message = `Cannot process image as it costs too much: it would take about ${memory} bytes of memory, and renders may take ${capacity}`;
  throw new ProgImageError("too_costly", message, { details: { limit: capacity } });
}

/**
 * Rejects a render that is certain to exceed its CPU time. Decides by the prediction alone, regardless of the machine's load.
 *
 * @param cost the least CPU time that it takes, in milliseconds
 * @throws {ProgImageError} `too_costly`
 */
export function checkCost(cost: number, limit: number): void {
  if (cost <= limit) return;
  const message = `Cannot process image as it costs too much: it would take at least ${Math.round(cost)} ms of CPU time, and may take ${limit}`;
  throw new ProgImageError("too_costly", message, { details: { limit } });
}
