/** The longest pause between two looks. The first pauses are shorter. */
const LONGEST_PAUSE_MILLISECONDS = 20;

/**
 * Waits until `look` returns `true`. Until then it may return what it sees instead, such as the files that are left.
 *
 * @throws {Error} after the timeout, with what was awaited and what was seen last
 */
export async function until(what: string, look: () => unknown, milliseconds = 30_000): Promise<void> {
  const deadline = performance.now() + milliseconds;
  let pause = 1;
  for (let seen = await look(); seen !== true; seen = await look()) {
    if (performance.now() > deadline)
      throw new Error(`Cannot wait longer than ${milliseconds} ms until ${what}: ${lastSeen(seen)}`);
    await Bun.sleep(pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS);
  }
}

function lastSeen(seen: unknown): string {
  if (seen === false) return "it is not so yet";
  return `last seen was ${typeof seen === "string" ? seen : Bun.inspect(seen)}`;
}
