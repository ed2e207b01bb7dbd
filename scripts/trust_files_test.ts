import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { TRUST_FOLDER, trustFiles } from "./trust_files.ts";

test("trustFiles() finds all tests of the room by itself, and those elsewhere, each of which is there", () => {
  const files = trustFiles();
  expect(files).toContain("trust/bombs_test.ts");
  expect(files).toContain("crash_test.ts");
  expect(files.filter((file) => !existsSync(join(TRUST_FOLDER, file)))).toEqual([]);
  expect(new Set(files).size).toBe(files.length);
});

test("trustFiles() chooses by words", () => {
  expect(trustFiles(["bombs", "crash_nodes"])).toEqual(["trust/bombs_test.ts", "crash_nodes_test.ts"]);
  expect(trustFiles(["no such file"])).toEqual([]);
});
