/** Waits until a condition holds. Fails with a message after a timeout. */
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
