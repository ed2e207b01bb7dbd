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
  /** Notes when the first and the last answer came: for answers so slow that the ends of the time count. */
  readonly isSlow?: boolean;
}

/** What a generator of load has seen. */
export interface LoadResult {
  readonly generator: string;
  /** Answers that came, whatever they say. */
  readonly answers: number;
  /** Answers with a status of 400 or more, and requests that nobody answered. */
  readonly failures: number;
  readonly seconds: number;
  /** When the first and the last answer came, in seconds of any clock, where that was asked for. */
  readonly first?: number;
  readonly last?: number;
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
 * Gives answers a second, of which none may be a failure. Between the first and the last answer where these are known: what was
 * under way at the end, and not yet at the beginning, does not count then.
 */
export function perSecond({ answers, failures, seconds, generator, first, last }: LoadResult): number {
  if (failures > 0)
    throw new Error(`Cannot measure: ${failures} of ${answers} requests of ${generator} failed`);
  if (first === undefined || last === undefined) return answers / seconds;
  return rateBetween(answers, first, last);
}

/** Gives events a second of which the first and the last came at these seconds; 0 where there were too few. */
export function rateBetween(events: number, first: number, last: number): number {
  return last > first ? (events - 1) / (last - first) : 0;
}
