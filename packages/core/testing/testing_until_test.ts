import { expect, test } from "bun:test";
import { until } from "./testing_until.ts";

test("until() looks again until it sees true", async () => {
  const looks = [false, "almost", Promise.resolve(0), Promise.resolve(true)];
  await until("it is true", () => looks.shift());
  expect(looks).toEqual([]);
});

test.each([
  [false, "it is not so yet"],
  ["2 files", "last seen was 2 files"],
  [Promise.resolve({ left: 2 }), "last seen was {\n  left: 2,\n}"],
] as const)("until() says after its timeout what it has seen: %#", async (view, seen) => {
  const message = `Cannot wait longer than 5 ms until no file is left: ${seen}`;
  await expect(until("no file is left", () => view, 5)).rejects.toThrow(message);
});

test("until() passes on the error of a look", async () => {
  const fails = async () => {
    throw new Error("no connection");
  };
  await expect(until("there is one", fails)).rejects.toThrow("no connection");
});
