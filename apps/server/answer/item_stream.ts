import Negotiator from "negotiator";
import { streamText } from "../http/unread_text.ts";

/** The media type of newline-delimited JSON. @see https://github.com/ndjson/ndjson-spec */
export const LINES_TYPE = "application/x-ndjson";

/** Options for {@linkcode streamItems}. */
export interface StreamItemsOptions {
  /** Whether each item has a line of its own. Otherwise all items form one JSON document. */
  readonly asLines: boolean;
}

/** Whether a caller prefers one item per line to a single JSON document. */
export function prefersLines(request: Request): boolean {
  const headers = { accept: request.headers.get("accept") ?? "*/*" };
  return new Negotiator({ headers }).mediaType(["application/json", LINES_TYPE]) === LINES_TYPE;
}

/**
 * Returns the answer that streams items as they come, in any number. It begins with the first item. An earlier error is thrown; a later
 * one breaks the connection.
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
