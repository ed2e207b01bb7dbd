import { SCENARIOS } from "../scenarios.ts";
import type { Report } from "./report.ts";

/**
 * Joins several reports from the same machine into one. If a scenario is in more than one, the last report counts. The number of runs is
 * that of the report with the fewest.
 */
export function joinReports(reports: readonly Report[]): Report {
  const last = reports.at(-1);
  if (!last) throw new RangeError("Cannot join reports as there must be at least one: there is none");
  const measured = new Map(reports.flatMap(({ scenarios }) => scenarios.map((each) => [each.name, each])));
  const order = SCENARIOS.map(({ name }) => name);
  return {
    ...last,
    runs: Math.min(...reports.map(({ runs }) => runs)),
    quick: reports.some(({ quick }) => quick),
    notes: [...new Set(reports.flatMap(({ notes }) => notes))],
    scenarios: [...measured.values()].toSorted(
      (one, other) => order.indexOf(one.name) - order.indexOf(other.name),
    ),
  };
}
