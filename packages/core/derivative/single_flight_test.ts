import { expect, test } from "bun:test";
import { SingleFlight } from "./single_flight.ts";

test("SingleFlight does equal work once at a time", async () => {
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

test("SingleFlight tells everybody of a failure and forgets it", async () => {
  const flights = new SingleFlight<number>();
  const fail = () => Promise.reject(new Error("no"));
  const outcomes = await Promise.allSettled([flights.run("a", fail), flights.run("a", fail)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await flights.run("a", async () => 1)).toBe(1);
});

test("SingleFlight goes on while anybody waits, and stops when the last one leaves", async () => {
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
  // Whoever comes now starts anew.
  const late = flights.run("a", async () => "new", three.signal);
  expect(await late).toBe("new");
  finish.resolve("old");
});
