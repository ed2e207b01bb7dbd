import { expect, test } from "bun:test";
import { RequestLanes } from "./request_lanes.ts";

test("RequestLanes limits concurrent requests of each lane, first come first served", async () => {
  const lanes = new RequestLanes({ atATime: 2 });
  const held = [await lanes.enter("read"), await lanes.enter("read")];
  const order: string[] = [];
  const waiting = ["a", "b"].map((name) => lanes.enter("read").then((place) => (order.push(name), place)));
  for (const other of ["write", "stream", "background"] as const)
    (await lanes.enter(other))[Symbol.dispose]();
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

test("RequestLanes rejects a request that waits too long, and forgets one that leaves", async () => {
  const lanes = new RequestLanes({ atATime: 1, patience: 20 });
  const held = await lanes.enter("read");
  const left = new AbortController();
  const leaving = lanes.enter("read", left.signal);
  left.abort(new Error("left"));
  await expect(leaving).rejects.toThrow("left");
  await expect(lanes.enter("read")).rejects.toMatchObject({ code: "busy", details: { retryAfter: 2 } });
  held[Symbol.dispose]();
  (await lanes.enter("read"))[Symbol.dispose]();
});
