import { ProgImageError } from "@progimage/core";

/**
 * Passes chunks through and checks that they have the announced number of bytes: a file of an archive must not end early unnoticed.
 *
 * @throws {ProgImageError} `unavailable` at the end if the number differs
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
