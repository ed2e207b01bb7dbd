/** A requested picture, and the expected bytes. */
export interface Hit {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: "GET" | "HEAD";
  readonly bytes: Uint8Array;
}

/** The result of the hits at one server. */
export interface HitCount {
  asked: number;
  answered: number;
  /** The longest wait for an answer, in milliseconds. */
  slowest: number;
  /** The first few wrong or missing answers. */
  readonly failures: string[];
}

const CALLERS = 4;
const MOST_FAILURES = 5;

/** Callers that repeatedly request the same pictures from several servers, and count the answers. */
export class HitLoad {
  readonly counts: ReadonlyMap<string, HitCount>;
  readonly #hits: readonly Hit[];
  readonly #over = new AbortController();
  readonly #callers: readonly Promise<void>[];

  /** @param urls The URLs of the servers, by name */
  constructor(urls: Readonly<Record<string, string>>, hits: readonly Hit[]) {
    this.#hits = hits;
    this.counts = new Map(
      Object.keys(urls).map((name) => [name, { asked: 0, answered: 0, slowest: 0, failures: [] }]),
    );
    this.#callers = Object.entries(urls).flatMap(([name, url]) =>
      Array.from({ length: CALLERS }, () => this.#call(url, this.counts.get(name) as HitCount)),
    );
  }

  /** Resets the counts. */
  restart(): void {
    for (const count of this.counts.values()) {
      Object.assign(count, { asked: 0, answered: 0, slowest: 0 });
      count.failures.length = 0;
    }
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#callers);
  }

  async #call(url: string, count: HitCount): Promise<void> {
    for (let turn = 0; !this.#over.signal.aborted; turn++) {
      const hit = this.#hits[turn % this.#hits.length] as Hit;
      const startedAt = performance.now();
      const failure = await ask(url, hit).catch(String);
      count.asked++;
      count.slowest = Math.max(count.slowest, performance.now() - startedAt);
      if (failure === null) count.answered++;
      else if (count.failures.length < MOST_FAILURES) count.failures.push(`${hit.path}: ${failure}`);
      // Leaves the machine some time for other work.
      await Bun.sleep(2);
    }
  }
}

/** Returns the fault of the answer to a hit, or `null`. */
async function ask(url: string, { path, headers = {}, method = "GET", bytes }: Hit): Promise<string | null> {
  const response = await fetch(url + path, { method, headers });
  const body = await response.bytes();
  if (!response.ok) return `${response.status} ${new TextDecoder().decode(body)}`;
  return Buffer.compare(body, bytes) === 0 ? null : `${body.length} other bytes`;
}
