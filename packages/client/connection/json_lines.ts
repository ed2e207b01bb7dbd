import type { Call, Connection } from "./connection.ts";
import { ConnectionError } from "./errors.ts";

const LINES_TYPE = "application/x-ndjson";

/**
 * Sends a request and yields the items of the response, each as soon as its line is complete. Leaving the loop early closes the
 * connection.
 *
 * @throws {ProgImageError} if the server fails before the first item
 * @throws {ConnectionError} if the response ends too early
 */
export async function* sendForLines<T>(
  connection: Connection,
  path: string,
  call: Call,
): AsyncGenerator<T, void> {
  const headers = new Headers(call.headers);
  headers.set("accept", LINES_TYPE);
  const response = await connection.send(path, { ...call, headers, isLong: true }, (answer) => answer);
  for await (const line of linesOf(response, call.signal)) yield JSON.parse(line) as T;
}

/** Yields lines. Not all browsers have the async iterator of streams. */
async function* linesOf({ body, url }: Response, signal?: AbortSignal): AsyncGenerator<string, void> {
  const reader = (body ?? new Blob([]).stream()).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines.filter(Boolean);
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new ConnectionError(`Cannot read the answer of ${url} to its end`, { cause: error });
  } finally {
    await reader.cancel().catch(() => {});
  }
}
