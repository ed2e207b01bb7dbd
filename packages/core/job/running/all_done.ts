/** Waits for all of them, whatever becomes of each. @throws what the first of them has thrown */
export async function allDone<T>(running: readonly Promise<T>[]): Promise<readonly T[]> {
  const outcomes = await Promise.allSettled(running);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
