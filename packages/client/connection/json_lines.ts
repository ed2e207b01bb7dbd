import type { Call, Connection } from "./connection.ts";
import { ConnectionError } from "./errors.ts";

const LINES_TYPE = "application/x-ndjson";

/**
 * Sends a request and gives the items of its answer, each as soon as its line has come. Whoever stops early breaks the connection off.
 *
 * @throws {ProgImageError} if the server says so before the first item
 * @throws {ConnectionError} if the answer ends too early
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

/** A stream's own iterator would do, but browsers do not all have it. */
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
