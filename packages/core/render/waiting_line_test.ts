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

test("WaitingLine counts everybody by what it costs, until it has left", async () => {
  const line = new WaitingLine<number>({ capacity: 6, patience: 1_000 });
  const dear = line.wait({ cost: 5 });
  const cheap = line.wait();
  await expect(line.wait()).rejects.toMatchObject({ code: "busy" });
  line.admit(1);
  await dear;
  const others = [line.wait(), line.wait({ cost: 4 })];
  await expect(line.wait({ cost: 2 })).rejects.toMatchObject({ code: "busy" });
  for (const turn of [2, 3, 4]) line.admit(turn);
  expect(await Promise.all([cheap, ...others])).toEqual([2, 3, 4]);
  const tooDear = line.wait({ cost: 100 });
  line.admit(5);
  expect(await tooDear).toBe(5);
});

test("WaitingLine lets go of whoever has waited too long or has left", async () => {
  const line = new WaitingLine<number>({ capacity: 3, patience: 20 });
  const controller = new AbortController();
  const leaving = line.wait({ signal: controller.signal });
  controller.abort();
  await expect(leaving).rejects.toMatchObject({ code: "cancelled" });
  await expect(line.wait({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  await expect(line.wait()).rejects.toMatchObject({ code: "busy" });
  expect(line.length).toBe(0);
  line.admit(1); // nobody is there: no error
});
