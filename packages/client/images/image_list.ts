import { type CallOptions, type Connection, readJson } from "../connection/connection.ts";
import type { ImageFilter, ImageOrder } from "./image_filter.ts";
import type { Image, ImageCount, ImagePage } from "../shapes.ts";

/** Options for {@linkcode Images.list}. The server refuses combinations for which it has no index, and says so. */
export interface ListOptions extends CallOptions, ImageFilter {
  /** The order; a leading `-` reverses it. @default {the order that the filter requires, or else "-createdAt"} */
  readonly order?: ImageOrder | `-${ImageOrder}`;
  /** Images per page, at most 1000; the iteration reads all pages. @default {50} */
  readonly limit?: number;
}

/** Options for {@linkcode Images.count}. */
export interface CountOptions extends CallOptions, ImageFilter {}

/** Counts the images that pass a filter. */
export function countImages(connection: Connection, options: CountOptions): Promise<ImageCount> {
  const { signal, timeout, ...filter } = options;
  const call = { signal, timeout, headers: { accept: "application/json" } };
  return connection.send(`/images/count?${queryOf(filter)}`, call, readJson<ImageCount>);
}

/** A list of images whose pages are fetched as the iteration needs them. */
export class ImageList implements AsyncIterable<Image> {
  readonly #connection: Connection;
  readonly #options: ListOptions;

  /** @internal */
  constructor(connection: Connection, options: ListOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Returns one page: the first, or the one whose cursor is the `next` of another page. */
  page(cursor?: string | null): Promise<ImagePage> {
    const { signal, timeout, ...filters } = this.#options;
    const query = queryOf({ ...filters, cursor: cursor ?? undefined });
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

/** Writes a list as its name repeated for each member, and metadata as one parameter for each key. */
function queryOf(parameters: Readonly<Record<string, unknown>>): URLSearchParams {
  const query = new URLSearchParams();
  const { metadata = {}, ...others } = parameters;
  for (const [key, text] of Object.entries(metadata as Record<string, string>))
    query.append(`metadata.${key}`, text);
  for (const [name, value] of Object.entries(others))
    for (const each of [value ?? []].flat())
      query.append(name, each instanceof Date ? each.toISOString() : String(each));
  return query;
}
