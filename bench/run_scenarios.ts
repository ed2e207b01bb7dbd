import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./load/closed_loop.ts";
import type { BenchOptions } from "./options.ts";
import { showProgress } from "./progress.ts";
import { describeMachine, findVersions, type Report, type ScenarioReport } from "./report/report.ts";
import type { Scenario } from "./scenario.ts";

/** Measures one scenario after the other. A scenario that fails leaves its reason in the report, and the others run. */
export async function runScenarios(scenarios: readonly Scenario[], options: BenchOptions): Promise<Report> {
  const { runs, quick, images, rivals } = options;
  const notes = new Set<string>();
  const reports: ScenarioReport[] = [];
  const folder = await mkdtemp(join(tmpdir(), "progimage-bench-"));
  const progress = showProgress(scenarios.length);
  if (!findProgram("wrk")) notes.add("wrk is not installed: autocannon, which costs more, made the load.");
  if (!findProgram("nginx")) notes.add("nginx is not installed and was left out.");
  if (images) notes.add("Sources are pictures of one's own.");
  try {
    for (const { name, summary, run } of scenarios) {
      progress.begin(name, summary);
      const own = join(folder, name);
      await mkdir(own);
      const context = { folder: own, runs, quick, images, rivals, report: progress.report };
      const running = run({ ...context, note: (text) => notes.add(text) });
      reports.push({ name, summary, ...(await running.then((results) => ({ results }), failure)) });
      await rm(own, { recursive: true, force: true });
      progress.finish();
    }
  } finally {
    progress.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    date: new Date().toISOString(),
    runs,
    quick,
    machine: describeMachine(),
    versions: await findVersions(),
    notes: [...notes],
    scenarios: reports,
  };
}

/** Returns the report of a scenario that failed. */
function failure({ message }: Error): Pick<ScenarioReport, "error" | "results"> {
  console.error(`  ${message}`);
  return { results: [], error: message };
}
