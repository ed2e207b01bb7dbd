/** Works on all items, on so many at a time. */
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

/** Asks for a URL and reads the answer to its end. Gives its bytes, of which there must be some. */
export async function fetched(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const response = await fetch(url, { headers });
  const bytes = await response.bytes();
  if (!response.ok) throw new Error(`Cannot measure: ${url} answers ${response.status}`);
  return bytes;
}
