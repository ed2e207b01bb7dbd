import type { Latency } from "../statistics.ts";

/** A load by a number of connections, each of which waits for a response before its next request. */
export interface Load {
  /** The URLs of the servers, such as `http://127.0.0.1:3000`. The connections are divided among them. */
  readonly origins: readonly string[];
  /** Paths to request in turn, again from the first after the last. */
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether to record the times of the first and last response: use it for responses so slow that the ends of the run matter. */
  readonly isSlow?: boolean;
}

/** The result of a load generator. */
export interface LoadResult {
  readonly generator: string;
  /** Responses, of any status. */
  readonly answers: number;
  /** Responses with a status of 400 or more, and requests without a response. */
  readonly failures: number;
  readonly seconds: number;
  /** The times of the first and last response, in seconds of any clock, if they were recorded. */
  readonly first?: number;
  readonly last?: number;
  /** Bytes of all responses, headers included. */
  readonly bytes: number;
  readonly latency: Latency;
  /** CPU cores that the generator kept busy: near 1, it measures itself. */
  readonly cores: number;
}

/** Adds the results of several generators that ran at the same time. Each percentile is that of the slowest. */
export function addLoads(loads: readonly LoadResult[]): LoadResult {
  const sum = (of: (load: LoadResult) => number) => loads.reduce((total, load) => total + of(load), 0);
  const most = (of: (load: LoadResult) => number) => Math.max(...loads.map(of));
  const ended = loads.filter(({ first }) => first !== undefined);
  return {
    generator: loads[0]?.generator ?? "none",
    answers: sum((load) => load.answers),
    failures: sum((load) => load.failures),
    seconds: most((load) => load.seconds),
    ...(ended.length > 0 && {
      first: Math.min(...ended.map(({ first = 0 }) => first)),
      last: Math.max(...ended.map(({ last = 0 }) => last)),
    }),
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

/**
 * Returns responses a second, between the first and last response if their times are known. Requests in flight at either end then do not
 * count.
 *
 * @throws {Error} if any request failed
 */
export function perSecond({ answers, failures, seconds, generator, first, last }: LoadResult): number {
  if (failures > 0)
    throw new Error(`Cannot measure: ${failures} of ${answers} requests of ${generator} failed`);
  if (first === undefined || last === undefined) return answers / seconds;
  return rateBetween(answers, first, last);
}

/** Returns the rate of events a second, by the times of the first and last event in seconds; 0 if there are too few events. */
export function rateBetween(events: number, first: number, last: number): number {
  return last > first ? (events - 1) / (last - first) : 0;
}
