import { expect, test } from "bun:test";
import { RequestLimiter } from "./request_limiter.ts";

test("RequestLimiter limits concurrent requests of each kind, first come first served", async () => {
  const limiter = new RequestLimiter({ atATime: 2 });
  const held = [await limiter.enter("read"), await limiter.enter("read")];
  const order: string[] = [];
  const waiting = ["a", "b"].map((name) => limiter.enter("read").then((place) => (order.push(name), place)));
  for (const other of ["write", "stream", "background"] as const)
    (await limiter.enter(other))[Symbol.dispose]();
  expect(order).toEqual([]);
  held[0]?.[Symbol.dispose]();
  const first = await waiting[0];
  held[0]?.[Symbol.dispose](); // a second call has no effect
  await Promise.resolve();
  expect(order).toEqual(["a"]);
  first?.[Symbol.dispose]();
  await waiting[1];
  expect(order).toEqual(["a", "b"]);
});

test("RequestLimiter rejects a request that waits too long, and forgets one that leaves", async () => {
  const limiter = new RequestLimiter({ atATime: 1, queueTimeout: 20 });
  const held = await limiter.enter("read");
  const left = new AbortController();
  const leaving = limiter.enter("read", left.signal);
  left.abort(new Error("left"));
  await expect(leaving).rejects.toThrow("left");
  await expect(limiter.enter("read")).rejects.toMatchObject({ code: "busy", details: { retryAfter: 2 } });
  held[Symbol.dispose]();
  (await limiter.enter("read"))[Symbol.dispose]();
});
