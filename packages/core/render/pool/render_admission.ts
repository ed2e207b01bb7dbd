import { ProgImageError } from "../../error.ts";

/** Work that has begun, as far as its memory goes. */
export interface MemoryHolder {
  /** Bytes that it takes, as predicted. */
  readonly memory: number;
}

/**
 * Returns how many bytes are left for a render that has not begun. One that is alone may have all that it needs.
 *
 * @param capacity bytes for several renders together
 */
export function freeMemory(capacity: number, holders: Iterable<MemoryHolder>): number {
  let held = 0;
  for (const { memory } of holders) held += memory;
  return held === 0 ? Infinity : capacity - held;
}

/**
 * Refuses a render that would not fit if it were the only one.
 *
 * @throws {ProgImageError} `too_costly`
 */
export function checkMemory(memory: number, capacity: number): void {
  if (memory <= capacity) return;
  const message = `Cannot process image as it costs too much: it would take about ${memory} bytes of memory, and renders may take ${capacity}`;
  throw new ProgImageError("too_costly", message, { details: { limit: capacity } });
}

/**
 * Refuses a render that would certainly use up its CPU time. The prediction alone decides, never how busy the machine is.
 *
 * @param cost milliseconds of CPU time that it takes at least
 * @throws {ProgImageError} `too_costly`
 */
export function checkCost(cost: number, limit: number): void {
  if (cost <= limit) return;
  const message = `Cannot process image as it costs too much: it would take at least ${Math.round(cost)} ms of CPU time, and may take ${limit}`;
  throw new ProgImageError("too_costly", message, { details: { limit } });
}
