import { join } from "node:path";
import { runGenerator } from "./run_generator.ts";

/** Requests to send at a constant rate. */
export interface OpenLoad {
  readonly origin: string;
  /** Paths to ask for, in turn, from the first again after the last. */
  readonly paths: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What became of requests at a constant rate. */
export interface OpenLoadResult {
  /** Milliseconds from when each request was due to its answer, by the status of the answer; 0 where there was none. */
  readonly byStatus: ReadonlyMap<number, readonly number[]>;
  /** Requests without an answer when the generator lost its patience. */
  readonly unanswered: number;
  /** Seconds from when the last request was due to the last answer. */
  readonly drainSeconds: number;
  /** Processors that the generator kept busy. */
  readonly cores: number;
}

const PROGRAM = join(import.meta.dir, "open_loop_process.ts");

/**
 * Loads a server at a constant rate, by a process of its own, so that latencies are honest: each counts from when its request was due.
 * (autocannon sends all requests of a second at its beginning, and corrects as if one were due each millisecond.)
 */
export async function openLoop(load: OpenLoad): Promise<OpenLoadResult> {
  const { text, cores } = await runGenerator([process.execPath, PROGRAM], JSON.stringify(load));
  const { answers, unanswered, elapsed } = JSON.parse(text);
  const byStatus = new Map<number, number[]>();
  for (const [status, milliseconds] of answers as [number, number][]) {
    const times = byStatus.get(status) ?? [];
    times.push(milliseconds);
    byStatus.set(status, times);
  }
  return { byStatus, unanswered, drainSeconds: Math.max(0, elapsed - load.seconds), cores };
}
