import type { IncomingMessage } from "node:http";
import type { FetchClock } from "./fetch_clock.ts";
import { sourceTooLarge, sourceUnreachable } from "./source_error.ts";

/** The number of pieces of a body that may have any size. */
const FREE_PIECES = 10_000;

/** The minimum average size of the other pieces, in bytes. Each piece costs time; one-byte pieces blocked the process for seconds. */
const MIN_PIECE_BYTES = 256;

/** Options for {@linkcode readResponseBody}. */
export interface ReadResponseBodyOptions {
  readonly clock: FetchClock;
  /** The maximum number of bytes. */
  readonly maxBytes: number;
  /** The name of the host in errors. */
  readonly place: string;
}

/**
 * Yields the bytes of a response as they arrive. Ends without an error only after the last byte.
 *
 * @throws {ProgImageError} `too_large`, `source_unreachable` for a body that is cut off, encoded or in tiny pieces, or the reason of the
 * clock
 */
export async function* readResponseBody(
  response: IncomingMessage,
  { clock, maxBytes, place }: ReadResponseBodyOptions,
): AsyncGenerator<Uint8Array, void, void> {
  checkEncoding(response, place);
  const declared = declaredLength(response);
  if (declared !== null && declared > maxBytes) throw sourceTooLarge(place, maxBytes);
  let bytes = 0;
  let pieces = 0;
  clock.listen();
  for await (const chunk of untilItBreaks(response, clock, place)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw sourceTooLarge(place, maxBytes);
    if (++pieces > FREE_PIECES + bytes / MIN_PIECE_BYTES) {
      throw sourceUnreachable(place, "its answer must not come in crumbs: it does");
    }
    clock.pause();
    yield chunk;
    clock.listen();
  }
  clock.pause();
  if (!response.complete || (declared !== null && declared !== bytes)) throw bodyCut(place);
}

/** Rejects compressed bodies. They could be decompression bombs, and the request asks for uncompressed bytes. */
function checkEncoding({ headers }: IncomingMessage, place: string): void {
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") return;
  throw sourceUnreachable(place, "its answer must come without a content encoding: it has one");
}

function declaredLength({ headers }: IncomingMessage): number | null {
  const length = headers["content-length"];
  return length === undefined ? null : Number(length);
}

async function* untilItBreaks(
  response: IncomingMessage,
  { signal }: FetchClock,
  place: string,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* response;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw bodyCut(place, error);
  }
}

function bodyCut(place: string, cause?: unknown): Error {
  return sourceUnreachable(place, "all bytes of its answer must come: they did not", cause);
}
