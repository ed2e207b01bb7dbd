/** Waits for all promises to settle. @throws the first error among them */
export async function allDone<T>(running: readonly Promise<T>[]): Promise<readonly T[]> {
  const outcomes = await Promise.allSettled(running);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
