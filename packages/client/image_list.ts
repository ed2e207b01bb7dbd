import { type CallOptions, type Connection, readJson } from "./connection.ts";
import type { Image, SourceFormat } from "./image.ts";

/** What a list is ordered by. */
export type ImageOrder = "createdAt" | "name" | "bytes";

/** Options for {@linkcode Images.list}. The server refuses combinations for which it has no index, and says so. */
export interface ListOptions extends CallOptions {
  /** A leading `-` turns it round. @default {"-createdAt"} */
  readonly order?: ImageOrder | `-${ImageOrder}`;
  /** Images in a page, at most 1000; the iteration goes on through all pages. @default {50} */
  readonly limit?: number;
  readonly format?: SourceFormat;
  readonly tag?: string;
  readonly sha256?: string;
  /** How the name begins. Needs the order by name. */
  readonly namePrefix?: string;
  /** Created at this time or later. */
  readonly createdAfter?: Date | string;
  /** Created before this time. */
  readonly createdBefore?: Date | string;
}

/** A page of a list. */
export interface ImagePage {
  readonly items: readonly Image[];
  /** Leads to the next page; `null` on the last one. */
  readonly next: string | null;
}

/** Images of the repository, which come page by page as they are asked for. */
export class ImageList implements AsyncIterable<Image> {
  readonly #connection: Connection;
  readonly #options: ListOptions;

  /** @internal */
  constructor(connection: Connection, options: ListOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Gives one page: the first, or the one to which the `next` of another leads. */
  page(cursor?: string | null): Promise<ImagePage> {
    const { signal, timeout, ...filters } = this.#options;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...filters, cursor: cursor ?? undefined })) {
      if (value !== undefined) query.set(name, value instanceof Date ? value.toISOString() : String(value));
    }
    const headers = { accept: "application/json" };
    return this.#connection.send(`/images?${query}`, { signal, timeout, headers }, readJson<ImagePage>);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Image, void> {
    let cursor: string | null = null;
    do {
      const page: ImagePage = await this.page(cursor);
      yield* page.items;
      cursor = page.next;
    } while (cursor !== null);
  }
}
