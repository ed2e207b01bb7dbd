/** A picture that callers ask for, and what they must get. */
export interface Hit {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: "GET" | "HEAD";
  readonly bytes: Uint8Array;
}

/** How the hits at one server went. */
export interface HitCount {
  asked: number;
  answered: number;
  /** The longest wait for an answer, in milliseconds. */
  slowest: number;
  /** The first few answers that were none. */
  readonly failures: string[];
}

const CALLERS = 4;
const MOST_FAILURES = 5;

/** Callers that ask several servers for the same pictures, again and again, and count the answers. */
export class HitLoad {
  readonly counts: ReadonlyMap<string, HitCount>;
  readonly #hits: readonly Hit[];
  readonly #over = new AbortController();
  readonly #callers: readonly Promise<void>[];

  /** @param urls Where the servers are, by their names */
  constructor(urls: Readonly<Record<string, string>>, hits: readonly Hit[]) {
    this.#hits = hits;
    this.counts = new Map(
      Object.keys(urls).map((name) => [name, { asked: 0, answered: 0, slowest: 0, failures: [] }]),
    );
    this.#callers = Object.entries(urls).flatMap(([name, url]) =>
      Array.from({ length: CALLERS }, () => this.#call(url, this.counts.get(name) as HitCount)),
    );
  }

  /** Counts anew from now on. */
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
      // Others have work to do on this machine as well.
      await Bun.sleep(2);
    }
  }
}

/** Returns why the answer to a hit is not the one that it must be, or `null`. */
async function ask(url: string, { path, headers = {}, method = "GET", bytes }: Hit): Promise<string | null> {
  const response = await fetch(url + path, { method, headers });
  const body = await response.bytes();
  if (!response.ok) return `${response.status} ${new TextDecoder().decode(body)}`;
  return Buffer.compare(body, bytes) === 0 ? null : `${body.length} other bytes`;
}
