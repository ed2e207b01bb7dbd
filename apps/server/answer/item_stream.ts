import Negotiator from "negotiator";
import { streamText } from "../http/unread_text.ts";

/** The media type of answers with an item on each line. @see https://github.com/ndjson/ndjson-spec */
export const LINES_TYPE = "application/x-ndjson";

/** Options for {@linkcode streamItems}. */
export interface StreamItemsOptions {
  /** Whether each item has a line of its own, rather than all being one JSON. */
  readonly asLines: boolean;
}

/** Tells whether a caller would rather have each item on a line of its own than all in one JSON. */
export function prefersLines(request: Request): boolean {
  const headers = { accept: request.headers.get("accept") ?? "*/*" };
  return new Negotiator({ headers }).mediaType(["application/json", LINES_TYPE]) === LINES_TYPE;
}

/**
 * Gives the answer that carries items as they come, however many. It begins with the first one: what fails before is thrown, what
 * fails after it breaks the connection.
 */
export async function streamItems(
  request: Request,
  items: AsyncGenerator<object, void>,
  { asLines }: StreamItemsOptions,
): Promise<Response> {
  const first = await items.next();
  const all = beginWith(first, items);
  const headers = {
    "content-type": asLines ? LINES_TYPE : "application/json",
    "cache-control": "no-store",
  };
  return new Response(streamText(request, asLines ? lines(all) : json(all)), { headers });
}

async function* beginWith<T>(
  first: IteratorResult<T, void>,
  items: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  try {
    for (let item = first; !item.done; item = await items.next()) yield item.value;
  } finally {
    await items.return();
  }
}

async function* lines(items: AsyncGenerator<object, void>): AsyncGenerator<string, void> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
}

async function* json(items: AsyncGenerator<object, void>): AsyncGenerator<string, void> {
  let separator = '{"items":[';
  for await (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ",";
  }
  yield separator === "," ? "]}" : '{"items":[]}';
}
