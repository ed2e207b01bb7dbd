import { expect, test } from "bun:test";
import { pause } from "./pause.ts";

test("pause() waits for the time, which may be over already", async () => {
  const startedAt = performance.now();
  await pause(-5);
  await pause(20, new AbortController().signal);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19);
});

test("pause() ends early when the signal aborts, even without an end of its own", async () => {
  const stopping = new AbortController();
  const paused = [60_000, Infinity].map((milliseconds) => pause(milliseconds, stopping.signal));
  const isOver = await Promise.race([...paused.map((each) => each.then(() => true)), pause(20)]);
  expect(isOver).toBeUndefined();
  stopping.abort();
  await Promise.all(paused);
  await pause(60_000, stopping.signal);
});
