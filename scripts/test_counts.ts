/** The numbers of tests by their outcome. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const SUMMARY_REGEXP = /(?:^|: )\s*(\d+) (pass|fail|skip)$/;

/** Returns the counts in a line of `bun test`'s summary, with or without a package's name before it. Other lines have none. */
export function countsOf(line: string): TestCounts {
  const [, count, kind] = SUMMARY_REGEXP.exec(Bun.stripANSI(line).trimEnd()) ?? [];
  const number = Number(count ?? 0);
  return {
    passed: kind === "pass" ? number : 0,
    failed: kind === "fail" ? number : 0,
    skipped: kind === "skip" ? number : 0,
  };
}

const RETRIED_REGEXP = /\(pass\) (.*) \(attempt \d+\)/;

/** Returns the name of the test that a line of `bun test` reports as passed when it was tried again, or nothing. */
export function retriedTestOf(line: string): readonly string[] {
  return RETRIED_REGEXP.exec(Bun.stripANSI(line))?.slice(1) ?? [];
}

/** Returns the sum of two counts. */
export function addCounts(one: TestCounts, other: TestCounts): TestCounts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

/** Returns counts as one plain line. */
export function countsText({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
