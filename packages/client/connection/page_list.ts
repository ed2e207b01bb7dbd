import { type CallOptions, type Connection, readJson } from "./connection.ts";

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null;
}

/** A list whose pages are fetched as the iteration needs them. */
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

  /** Returns one page: the first, or the one whose cursor is the `next` of another page. */
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
