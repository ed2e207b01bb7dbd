/** Waits until something is so, and fails with a message when that takes too long. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  milliseconds = 15_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await isSo())) {
    if (performance.now() > deadline)
      throw new Error(`Cannot wait any longer than ${milliseconds} ms until ${what}`);
    await Bun.sleep(20);
  }
}
