import { expect, test } from "bun:test";
import { SingleFlight } from "./single_flight.ts";

test("SingleFlight merges concurrent calls with the same key", async () => {
  const flights = new SingleFlight<number>();
  let starts = 0;
  const work = async () => {
    await Bun.sleep(5);
    return ++starts;
  };
  expect(await Promise.all([flights.run("a", work), flights.run("a", work), flights.run("a", work)])).toEqual(
    [1, 1, 1],
  );
  expect(await flights.run("a", work)).toBe(2);
});

test("SingleFlight passes a failure to all callers and forgets it", async () => {
  const flights = new SingleFlight<number>();
  const fail = () => Promise.reject(new Error("no"));
  const outcomes = await Promise.allSettled([flights.run("a", fail), flights.run("a", fail)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await flights.run("a", async () => 1)).toBe(1);
});

test("SingleFlight continues while any caller waits, and stops when the last one leaves", async () => {
  const flights = new SingleFlight<string>();
  const finish = Promise.withResolvers<string>();
  let isStopped = false;
  const work = (signal: AbortSignal) => {
    signal.addEventListener("abort", () => (isStopped = true));
    return finish.promise;
  };
  const [one, two, three] = [new AbortController(), new AbortController(), new AbortController()];
  const leaver = flights.run("a", work, one.signal);
  const stayer = flights.run("a", work, two.signal);
  one.abort();
  await expect(leaver).rejects.toThrow();
  expect(isStopped).toBe(false);
  two.abort();
  await expect(stayer).rejects.toThrow();
  expect(isStopped).toBe(true);
  // A later caller starts anew.
  const late = flights.run("a", async () => "new", three.signal);
  expect(await late).toBe("new");
  finish.resolve("old");
});

test("SingleFlight reports how many callers get a result, before they do", async () => {
  const told: (readonly [result: string, waiters: number])[] = [];
  const flights = new SingleFlight<string>({ onResult: (result, waiters) => told.push([result, waiters]) });
  const finish = Promise.withResolvers<string>();
  const leaving = new AbortController();
  const waiting = [
    flights.run("a", () => finish.promise, leaving.signal),
    flights.run("a", () => finish.promise, new AbortController().signal),
    flights.run("a", () => finish.promise).then((result) => [result, told.length]),
  ];
  leaving.abort();
  finish.resolve("done");
  // A caller that joins or leaves before the result is passed on still counts, exactly once.
  waiting.push(flights.run("a", () => Promise.reject(new Error("It is under way"))));
  const outcomes = await Promise.allSettled(waiting);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
  expect(outcomes[2]).toMatchObject({ value: ["done", 1] });
  expect(told).toEqual([["done", 3]]);
});

test("SingleFlight reports 0 callers for a result that comes after the last one has left", async () => {
  const told: number[] = [];
  const flights = new SingleFlight<string>({ onResult: (_result, waiters) => told.push(waiters) });
  const finish = Promise.withResolvers<string>();
  const leaving = new AbortController();
  const leaver = flights.run("a", () => finish.promise, leaving.signal);
  leaving.abort();
  await expect(leaver).rejects.toThrow();
  finish.resolve("late");
  await finish.promise;
  expect(told).toEqual([0]);
});

test("SingleFlight lets a third caller join the second flight, even after the aborted first one has ended", async () => {
  const flights = new SingleFlight<string>();
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const leaving = new AbortController();
  const leaver = flights.run("a", () => first.promise, leaving.signal);
  leaving.abort();
  await expect(leaver).rejects.toThrow();
  const waiter = flights.run("a", () => second.promise);
  first.resolve("first");
  await first.promise;
  const third = flights.run("a", async () => "third");
  second.resolve("second");
  expect(await Promise.all([waiter, third])).toEqual(["second", "second"]);
});
