/** Calls a function for each item, with a fixed number of calls in flight. */
export async function inFlight<T>(
  count: number,
  items: Iterable<T>,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: count }, async () => {
      for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
    }),
  );
}

/**
 * Fetches a URL and returns all bytes of the response.
 *
 * @throws {Error} if the status is not 2xx
 */
export async function fetched(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const response = await fetch(url, { headers });
  const bytes = await response.bytes();
  if (!response.ok) throw new Error(`Cannot measure: ${url} answers ${response.status}`);
  return bytes;
}
