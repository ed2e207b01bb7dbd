import { expect, test } from "bun:test";
import { addCounts, countsOf, countsText, retriedTestOf } from "./test_counts.ts";

test("countsOf() reads the summary of bun test, alone or behind a package's name", () => {
  expect(countsOf(" 7 pass")).toEqual({ passed: 7, failed: 0, skipped: 0 });
  expect(countsOf("@progimage/core:test:  12 fail")).toEqual({ passed: 0, failed: 12, skipped: 0 });
  expect(countsOf("\u001b[2m@progimage/core:test:\u001b[0m  3 skip")).toEqual({
    passed: 0,
    failed: 0,
    skipped: 3,
  });
});

test("countsOf() counts nothing else", () => {
  for (const line of [
    "(pass) 3 pass",
    "Ran 7 tests across 3 files.",
    " 7 passes",
    "(pass) a user can pass",
    "",
  ]) {
    expect(countsOf(line)).toEqual({ passed: 0, failed: 0, skipped: 0 });
  }
});

test("retriedTestOf() names a test that passed when it was tried again", () => {
  expect(retriedTestOf("@progimage/core:test: (pass) a disk > fails [12.00ms]")).toEqual([]);
  expect(retriedTestOf("(fail) a disk > fails (attempt 2) [12.00ms]")).toEqual([]);
  expect(retriedTestOf("@progimage/core:test: (pass) a disk > fails (attempt 2) [12.00ms]")).toEqual([
    "a disk > fails",
  ]);
});

test("countsText() is the plain closing line", () => {
  const counts = addCounts({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 0, skipped: 0 });
  expect(countsText(counts)).toBe("3 passed, 0 failed");
  expect(countsText({ ...counts, skipped: 1 })).toBe("3 passed, 0 failed, 1 skipped");
});
