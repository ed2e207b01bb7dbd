import { expect, test } from "bun:test";
import { WaitingLine } from "./waiting_line.ts";

test("WaitingLine admits in the order in which they came", async () => {
  const line = new WaitingLine<number>({ capacity: 3, patience: 1_000 });
  const order: string[] = [];
  const waits = ["a", "b", "c"].map((name) => line.wait().then((turn) => order.push(`${name}${turn}`)));
  for (const turn of [1, 2, 3]) line.admit(turn);
  await Promise.all(waits);
  expect(order).toEqual(["a1", "b2", "c3"]);
  expect(line.length).toBe(0);
});

test("WaitingLine refuses at once when it is full", async () => {
  const line = new WaitingLine<number>({ capacity: 1, patience: 1_000 });
  const first = line.wait();
  await expect(line.wait()).rejects.toMatchObject({ code: "busy", details: { retryAfter: 1 } });
  line.admit(1);
  expect(await first).toBe(1);
});

test("WaitingLine lets go of whoever has waited too long or has left", async () => {
  const line = new WaitingLine<number>({ capacity: 3, patience: 20 });
  const controller = new AbortController();
  const leaving = line.wait(controller.signal);
  controller.abort();
  await expect(leaving).rejects.toMatchObject({ code: "cancelled" });
  await expect(line.wait(AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" });
  await expect(line.wait()).rejects.toMatchObject({ code: "busy" });
  expect(line.length).toBe(0);
  line.admit(1); // nobody is there: no error
});
