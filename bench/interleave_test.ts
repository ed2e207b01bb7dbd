import { expect, test } from "bun:test";
import { interleave } from "./interleave.ts";

test("interleave measures every side in every run, in changing order, and drops the warm-up run", async () => {
  const calls: string[] = [];
  const side = (name: string) => async () => calls.push(name);
  const runs: number[] = [];
  const measured = await interleave(
    new Map([
      ["a", side("a")],
      ["b", side("b")],
    ]),
    { runs: 2, onRun: (run) => runs.push(run) },
  );
  expect(calls.join("")).toBe("abbaab");
  expect(measured.get("a")).toEqual([4, 5]);
  expect(measured.get("b")).toEqual([3, 6]);
  expect(runs).toEqual([1, 2]);
});
