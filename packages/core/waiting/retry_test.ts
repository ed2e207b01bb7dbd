import { expect, test } from "bun:test";
import { retry } from "./retry.ts";

/** Work that fails this many times. */
function failing(times: number) {
  let attempts = 0;
  return () => {
    if (++attempts <= times) throw new Error(`failure ${attempts}`);
    return attempts;
  };
}

test("retry() repeats work while its errors may pass, and returns the result", async () => {
  const seen: string[] = [];
  const delayAfter = (error: unknown, attempts: number) =>
    seen.push(`${(error as Error).message} of ${attempts}`) && 0;
  expect(await retry(failing(2), { delayAfter })).toBe(3);
  expect(seen).toEqual(["failure 1 of 1", "failure 2 of 2"]);
});

test("retry() throws an error that is final, or the one that `delayAfter` throws instead", async () => {
  const delayAfter = (_: unknown, attempts: number) => (attempts < 2 ? 0 : null);
  await expect(retry(failing(9), { delayAfter })).rejects.toThrow("failure 2");
  const explain = () => {
    throw new Error("explained");
  };
  await expect(retry(failing(9), { delayAfter: explain })).rejects.toThrow("explained");
});

test("retry() throws the reason of a signal that aborts during work or a delay", async () => {
  const stopping = new AbortController();
  const delayAfter = () => {
    queueMicrotask(() => stopping.abort(new Error("stopped")));
    return 60_000;
  };
  const { signal } = stopping;
  const work = failing(9);
  await expect(retry(work, { delayAfter, signal })).rejects.toThrow("stopped");
  expect(work).toThrow("failure 2");
  await expect(retry(work, { delayAfter, signal })).rejects.toThrow("stopped");
  expect(await retry(failing(0), { delayAfter, signal })).toBe(1);
});
