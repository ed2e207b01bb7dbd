import { expect, test } from "bun:test";
import { trustFiles } from "./trust_files.ts";

test("trustFiles() finds all tests of the room", () => {
  expect(trustFiles()).toContain("trust/bombs_test.ts");
  expect(trustFiles()).toContain("trust/crash_test.ts");
});

test("trustFiles() chooses by words", () => {
  expect(trustFiles(["bombs", "crash_nodes"])).toEqual(["trust/bombs_test.ts", "trust/crash_nodes_test.ts"]);
  expect(trustFiles(["no such file"])).toEqual([]);
});
