import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type BenchOptions, OPTIONS_HELP, readOptions } from "./options.ts";
import { benchmarksPage } from "./report/benchmarks_page.ts";
import { htmlReport } from "./report/html_report.ts";
import { joinReports } from "./report/join_reports.ts";
import type { Report, ScenarioReport } from "./report/report.ts";
import { runScenarios } from "./run_scenarios.ts";
import { chooseScenarios, SCENARIOS } from "./scenarios.ts";

const RESULTS = join(import.meta.dir, "results");
const PAGE = join(import.meta.dir, "..", "docs", "benchmarks.md");

/** Measures the server against the limits of its components. Both sides run interleaved, so ratios hold on a busy machine, too. */
async function main(options: BenchOptions): Promise<number> {
  if (options.help) {
    console.log(`Usage: bun run bench [OPTION …] [SCENARIO …]\n\n${OPTIONS_HELP}\n\nScenarios:`);
    for (const { name, summary, onlyByName } of SCENARIOS)
      console.log(`  ${name.padEnd(18)}${summary}${onlyByName ? " (only when named)" : ""}`);
    return 0;
  }
  const kept: Report[] = await Promise.all(options.from.map((path) => Bun.file(path).json()));
  const report =
    kept.length > 0 ? joinReports(kept) : await runScenarios(chooseScenarios(options.names), options);
  if (kept.length === 0) await publish(report, options.output ?? RESULTS);
  if (options.writeDocs) {
    await Bun.write(PAGE, benchmarksPage(report));
    console.error("Written docs/benchmarks.md");
  }
  // A quick run proves only that the measurement works.
  const isWell = ({ error, results }: ScenarioReport) =>
    error === undefined && (report.quick || results.every(({ reached }) => reached));
  return report.scenarios.every(isWell) ? 0 : 1;
}

async function publish(report: Report, folder: string): Promise<void> {
  const { machine, versions, scenarios, notes } = report;
  console.log(`\n${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}`);
  console.log(
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version ?? "not installed"}`)
      .join(", "),
  );
  console.table(
    scenarios.flatMap(({ results }) =>
      results.map(({ name, measured, unit, target, reached }) => ({ name, measured, unit, target, reached })),
    ),
  );
  for (const note of notes) console.log(note);
  for (const { name, error } of scenarios) if (error) console.log(`${name} could not be measured: ${error}`);
  await mkdir(folder, { recursive: true });
  const path = join(folder, report.date.replaceAll(":", "-"));
  await Bun.write(`${path}.json`, JSON.stringify(report, null, 2));
  await Bun.write(`${path}.html`, htmlReport(report));
  console.error(`\nWritten to ${path}.json and ${path}.html`);
}

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
