import { ProgImageError } from "@progimage/core";

/**
 * Gives what it is given, as long as it is as many bytes as were promised: a file of an archive must not end early unnoticed.
 *
 * @throws {ProgImageError} `unavailable` at its end if it was not
 */
export async function* wholeContent(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: number,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes === expected) return;
  const message = `Cannot send file as it must have ${expected} bytes: it has ${bytes}`;
  throw new ProgImageError("unavailable", message);
}
