import { type CallOptions, type Connection, readJson } from "./connection.ts";

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Leads to the next page; `null` on the last one. */
  readonly next: string | null;
}

/** Entries that come page by page as they are asked for. */
export class PageList<T> implements AsyncIterable<T> {
  readonly #connection: Connection;
  readonly #path: string;
  readonly #query: Readonly<Record<string, string | number | undefined>>;
  readonly #options: CallOptions;

  /** @internal */
  constructor(
    connection: Connection,
    path: string,
    query: Readonly<Record<string, string | number | undefined>>,
    options: CallOptions,
  ) {
    this.#connection = connection;
    this.#path = path;
    this.#query = query;
    this.#options = options;
  }

  /** Gives one page: the first, or the one to which the `next` of another leads. */
  page(cursor?: string | null): Promise<Page<T>> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...this.#query, cursor: cursor ?? undefined }))
      if (value !== undefined) query.set(name, String(value));
    const { signal, timeout } = this.#options;
    const call = { signal, timeout, headers: { accept: "application/json" } };
    return this.#connection.send(`${this.#path}?${query}`, call, readJson<Page<T>>);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    let cursor: string | null = null;
    do {
      const page: Page<T> = await this.page(cursor);
      yield* page.items;
      cursor = page.next;
    } while (cursor !== null);
  }
}
