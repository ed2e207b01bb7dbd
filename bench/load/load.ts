import type { Latency } from "../statistics.ts";

/** Requests to send for a while, by so many connections that each wait for an answer before they ask again. */
export interface Load {
  /** Where the server is, such as `http://127.0.0.1:3000`. With several each gets its part of the connections. */
  readonly origins: readonly string[];
  /** Paths to ask for, in turn, from the first again after the last. */
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a generator of load has seen. */
export interface LoadResult {
  readonly generator: string;
  /** Answers that came, whatever they say. */
  readonly answers: number;
  /** Answers with a status of 400 or more, and requests that nobody answered. */
  readonly failures: number;
  readonly seconds: number;
  /** Bytes of all answers, headers included. */
  readonly bytes: number;
  readonly latency: Latency;
  /** Processors that the generator kept busy: near one, it measures itself. */
  readonly cores: number;
}

/** Adds up what several generators have seen at the same time. The slowest of each percentile counts. */
export function addLoads(loads: readonly LoadResult[]): LoadResult {
  const sum = (of: (load: LoadResult) => number) => loads.reduce((total, load) => total + of(load), 0);
  const most = (of: (load: LoadResult) => number) => Math.max(...loads.map(of));
  return {
    generator: loads[0]?.generator ?? "none",
    answers: sum((load) => load.answers),
    failures: sum((load) => load.failures),
    seconds: most((load) => load.seconds),
    bytes: sum((load) => load.bytes),
    latency: {
      p50: most((load) => load.latency.p50),
      p90: most((load) => load.latency.p90),
      p99: most((load) => load.latency.p99),
      p999: most((load) => load.latency.p999),
    },
    cores: most((load) => load.cores),
  };
}

/** Gives answers a second, of which none may be a failure. */
export function perSecond({ answers, failures, seconds, generator }: LoadResult): number {
  if (failures > 0)
    throw new Error(`Cannot measure: ${failures} of ${answers} requests of ${generator} failed`);
  return answers / seconds;
}
