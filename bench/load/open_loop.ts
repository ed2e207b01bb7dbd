import { join } from "node:path";
import { runGenerator } from "./run_generator.ts";

/** Requests to send at a constant rate. */
export interface OpenLoad {
  readonly origin: string;
  /** Paths to request in turn, again from the first after the last. */
  readonly paths: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The result of requests at a constant rate. */
export interface OpenLoadResult {
  /** Milliseconds from when each request was due until its response, by the status of the response; 0 if there was none. */
  readonly byStatus: ReadonlyMap<number, readonly number[]>;
  /** Requests without a response within the generator's timeout. */
  readonly unanswered: number;
  /** Seconds from when the last request was due until the last response. */
  readonly drainSeconds: number;
  /** CPU cores that the generator kept busy. */
  readonly cores: number;
}

const PROGRAM = join(import.meta.dir, "open_loop_process.ts");

/**
 * Loads a server at a constant rate, from its own process. Each latency counts from when its request was due, so stalls are included.
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
