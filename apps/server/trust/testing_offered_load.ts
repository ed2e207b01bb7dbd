import { quantile } from "./testing_quantile.ts";

/** Options for {@linkcode offerLoad}. */
export interface LoadOptions {
  /** Returns a URL that was not requested before. */
  readonly nextUrl: () => string;
  /** How long requests are sent, in milliseconds. */
  readonly milliseconds: number;
  /** Requests sent per second, regardless of answers. Without it, each caller sends its next request after an answer. */
  readonly rate?: number;
  /** The number of concurrent callers. @default {1} */
  readonly callers?: number;
}

/** The outcome of the requests. */
export interface LoadReport {
  readonly sent: number;
  /** Answers with 200 per second, while requests were sent. */
  readonly goodput: number;
  /** The counts of statuses other than 200; 0 stands for no answer. */
  readonly others: Readonly<Record<number, number>>;
  /** The median time of a refusal by 503, in milliseconds. */
  readonly refusalMedian: number;
  readonly refusalP99: number;
}

/** Sends requests for a while and returns their outcome, once all are answered. */
export async function offerLoad(options: LoadOptions): Promise<LoadReport> {
  const counts = new LoadCounts(options.milliseconds);
  const { callers = 1, nextUrl, rate } = options;
  if (rate === undefined)
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (!counts.isOver) await counts.ask(nextUrl());
      }),
    );
  else await sendAtRate(counts, nextUrl, rate);
  return counts.report();
}

async function sendAtRate(counts: LoadCounts, nextUrl: () => string, rate: number): Promise<void> {
  const asked: Promise<void>[] = [];
  while (!counts.isOver) {
    const due = Math.floor((counts.elapsed / 1_000) * rate);
    while (asked.length < due) asked.push(counts.ask(nextUrl()));
    await Bun.sleep(5);
  }
  await Promise.all(asked);
}

const ANSWER_MILLISECONDS = 60_000;

class LoadCounts {
  readonly #start = performance.now();
  readonly #milliseconds: number;
  readonly #others: Record<number, number> = {};
  readonly #refusals: number[] = [];
  #sent = 0;
  #good = 0;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  get elapsed(): number {
    return performance.now() - this.#start;
  }

  get isOver(): boolean {
    return this.elapsed > this.#milliseconds;
  }

  async ask(url: string): Promise<void> {
    this.#sent++;
    const start = performance.now();
    const status = await statusOf(url);
    if (status === 503) this.#refusals.push(performance.now() - start);
    if (status !== 200) this.#others[status] = (this.#others[status] ?? 0) + 1;
    else if (!this.isOver) this.#good++;
  }

  report(): LoadReport {
    const refusals = this.#refusals.toSorted((one, other) => one - other);
    return {
      sent: this.#sent,
      goodput: this.#good / (this.#milliseconds / 1_000),
      others: this.#others,
      refusalMedian: quantile(refusals, 0.5),
      refusalP99: quantile(refusals, 0.99),
    };
  }
}

async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS) });
    await response.bytes();
    return response.status;
  } catch {
    return 0;
  }
}
