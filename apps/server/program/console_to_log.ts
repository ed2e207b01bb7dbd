import { format } from "node:util";
import type { Logger } from "./log.ts";

/** The maximum number of characters that are logged of one call. */
const MOST_CHARACTERS = 4_000;

/** The maximum number of lines per second. Further ones are only counted. */
const LINES_A_SECOND = 10;

const METHODS = ["debug", "dir", "error", "info", "log", "table", "trace", "warn"] as const;

/**
 * Turns each console call into one bounded line of the log. In this process only plugins print, and their output must not look like our
 * own lines.
 */
export function redirectConsole(log: Pick<Logger, "warn">): void {
  const print = boundedPrint(log);
  for (const method of METHODS) console[method] = (...words: unknown[]) => print(format(...words));
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk: Uint8Array | string, ...rest: readonly unknown[]) => {
      print(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
      const written = rest.at(-1);
      if (typeof written === "function") queueMicrotask(() => written());
      return true;
    };
  }
}

function boundedPrint(log: Pick<Logger, "warn">): (text: string) => void {
  let secondAt = -Infinity;
  let lines = 0;
  let dropped = 0;
  return (text) => {
    const now = performance.now();
    if (now - secondAt >= 1_000) [secondAt, lines] = [now, 0];
    if (++lines > LINES_A_SECOND) {
      dropped++;
      return;
    }
    const output = text.trimEnd().slice(0, MOST_CHARACTERS);
    log.warn({ output, ...(dropped > 0 && { dropped }) }, "A plugin printed something");
    dropped = 0;
  };
}
