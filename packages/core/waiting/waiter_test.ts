import { expect, test } from "bun:test";
import { Waiter } from "./waiter.ts";

/** A waiter, and how often its end was told. */
function wait({ timeout, cancelled }: { readonly timeout?: number; readonly cancelled?: () => Error } = {}) {
  const leaving = new AbortController();
  const ends: unknown[] = [];
  const busy = () => new Error(`busy after ${timeout} ms, with ${ends.length} ends`);
  const waiter = new Waiter<string>({
    signal: leaving.signal,
    timeout,
    cancelled,
    busy,
    onEnd: () => ends.push("end"),
  });
  return { waiter, ends, leaving };
}

test("Waiter.begin() resolves the turn and ends the wait: neither timeout nor signal has an effect", async () => {
  const { waiter, ends, leaving } = wait({ timeout: 5 });
  waiter.begin("turn");
  leaving.abort();
  await expect(wait({ timeout: 5 }).waiter.turn).rejects.toThrow("busy");
  expect(await waiter.turn).toBe("turn");
  expect(ends).toHaveLength(1);
});

test("Waiter.turn rejects after the timeout, when the signal aborts, and when its queue gives it up", async () => {
  const late = wait({ timeout: 5 });
  await expect(late.waiter.turn).rejects.toThrow("busy after 5 ms, with 0 ends");
  const gone = wait();
  gone.leaving.abort(new Error("gone"));
  await expect(gone.waiter.turn).rejects.toThrow("gone");
  const explained = wait({ cancelled: () => new Error("explained") });
  explained.leaving.abort();
  await expect(explained.waiter.turn).rejects.toThrow("explained");
  const dismissed = wait();
  dismissed.waiter.leave(new Error("closed"));
  await expect(dismissed.waiter.turn).rejects.toThrow("closed");
  expect([late, gone, explained, dismissed].map(({ ends }) => ends.length)).toEqual([1, 1, 1, 1]);
});
