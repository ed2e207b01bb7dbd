import { SLOW_CALL_MILLISECONDS, type SlowCall } from "@progimage/core";
import type { Logger } from "./log.ts";

/** The interval in which a transform is logged at most once, in milliseconds. */
const PAUSE_MILLISECONDS = 60_000;

/** Returns a function that logs slow calls of plugin code, which block every request of the process. */
export function slowCallLog(log: Pick<Logger, "warn">): (call: SlowCall) => void {
  const loggedAt = new Map<string, number>();
  return ({ transform, part, milliseconds }) => {
    const now = performance.now();
    if (now - (loggedAt.get(transform) ?? -Infinity) < PAUSE_MILLISECONDS) return;
    loggedAt.set(transform, now);
    const ms = Math.round(milliseconds);
    const message = `"${part}" of transform "${transform}" held up the server for more than ${SLOW_CALL_MILLISECONDS} ms: its plugin must do such work in apply`;
    log.warn({ transform, part, ms }, message);
  };
}
