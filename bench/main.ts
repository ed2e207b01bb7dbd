import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { arch, availableParallelism, cpus, platform, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { coldRender } from "./scenarios/cold_render.ts";
import { ingestMemory } from "./scenarios/ingest_memory.ts";
import { maxBytes } from "./scenarios/max_bytes.ts";
import { parseRecipe } from "./scenarios/parse_recipe.ts";
import { planner } from "./scenarios/planner.ts";
import { reuse } from "./scenarios/reuse.ts";
import { startUp } from "./scenarios/start_up.ts";
import type { Scenario, ScenarioResult } from "./scenario.ts";

/** Measures the server against the limits of what it is made of. Both sides run in one go: ratios hold on a busy machine too. */
const SCENARIOS: readonly Scenario[] = [
  coldRender,
  ingestMemory,
  maxBytes,
  parseRecipe,
  planner,
  reuse,
  startUp,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", short: "h" }, runs: { type: "string", default: "5" } },
});
if (values.help) {
  console.log("Usage: bun run bench [--runs N] [SCENARIO …]\n");
  for (const { name, summary } of SCENARIOS) console.log(`  ${name.padEnd(16)}${summary}`);
  process.exit(0);
}

const chosen = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const folder = await mkdtemp(join(tmpdir(), "progimage-bench-"));
const results: ScenarioResult[] = [];
try {
  for (const { name, summary, run } of chosen) {
    console.error(`\n${name}: ${summary}`);
    const measured = await run({
      folder,
      runs: Number(values.runs),
      report: (line) => console.error(`  ${line}`),
    });
    results.push(...measured);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${arch()}`,
  bun: Bun.version,
};
console.log(
  `\n${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, Bun ${machine.bun}\n`,
);
console.table(
  results.map(({ name, measured, unit, target, reached }) => ({ name, measured, unit, target, reached })),
);

const path = join(import.meta.dir, "results", `${new Date().toISOString().replaceAll(":", "-")}.json`);
await mkdir(join(import.meta.dir, "results"), { recursive: true });
await Bun.write(path, JSON.stringify({ machine, results }, null, 2));
console.error(`\nWritten to ${path}`);
process.exitCode = results.every(({ reached }) => reached) ? 0 : 1;
