import { expect, test } from "bun:test";
import { Limiter } from "./limiter.ts";

const busy = () => new Error("busy");

test("Limiter.enter() gives places to those who have waited longest, one for each that is released", async () => {
  const limiter = new Limiter({ limit: 2, busy });
  const held = [await limiter.enter(), await limiter.enter()];
  const order: string[] = [];
  const waiting = ["a", "b"].map((name) => limiter.enter().then((place) => (order.push(name), place)));
  held[0]?.[Symbol.dispose]();
  held[0]?.[Symbol.dispose](); // a second call has no effect
  const first = await waiting[0];
  await Promise.resolve();
  expect(order).toEqual(["a"]);
  first?.[Symbol.dispose]();
  await waiting[1];
  expect(order).toEqual(["a", "b"]);
});

test("Limiter.enter() rejects after the timeout and when the signal aborts, and keeps no place for them", async () => {
  const limiter = new Limiter({ limit: 1, timeout: 20, busy });
  const held = await limiter.enter();
  const left = new AbortController();
  const leaving = limiter.enter(left.signal);
  left.abort(new Error("left"));
  await expect(leaving).rejects.toThrow("left");
  await expect(limiter.enter(left.signal)).rejects.toThrow("left");
  await expect(limiter.enter()).rejects.toThrow("busy");
  held[Symbol.dispose]();
  (await limiter.enter())[Symbol.dispose]();
});

test("Limiter.enterNow() throws if no place is free", () => {
  const limiter = new Limiter({ limit: 1, busy });
  const held = limiter.enterNow();
  expect(() => limiter.enterNow()).toThrow("busy");
  held[Symbol.dispose]();
  limiter.enterNow();
});
