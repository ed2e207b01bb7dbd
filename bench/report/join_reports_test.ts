import { expect, test } from "bun:test";
import { joinReports } from "./join_reports.ts";
import type { Report } from "./report.ts";

function report(runs: number, date: string, ...names: readonly string[]): Report {
  const machine = { cpu: "c", cores: 2, memoryGiB: 1, kernel: "k" };
  const scenarios = names.map((name) => ({ name, summary: date, results: [] }));
  return { date, runs, quick: false, machine, versions: {}, notes: [date], scenarios };
}

test("joinReports() takes the last result of each scenario, in the order of the bench, and the fewest runs", () => {
  const joined = joinReports([
    report(3, "old", "upload", "hot-hits"),
    report(5, "new", "hot-hits", "cold-jpeg"),
  ]);
  expect(joined.scenarios.map(({ name, summary }) => [name, summary])).toEqual([
    ["cold-jpeg", "new"],
    ["hot-hits", "new"],
    ["upload", "old"],
  ]);
  expect(joined).toMatchObject({ runs: 3, date: "new", notes: ["old", "new"] });
});
