import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FuzzReport } from "./fuzz_api/fuzz_report.ts";
import { RecordReader } from "./fuzz_api/record_reader.ts";
import { startFuzzWorld } from "./fuzz_api/fuzz_world.ts";
import { findSchemathesis, runSchemathesis } from "./fuzz_api/schemathesis.ts";

const HELP = `bun run fuzz:api [--requests N] [--seed N] [--only PATTERN] [--records FILE]

Sends requests that schemathesis makes from the OpenAPI document to a server of its own, valid ones and wrong ones, and compares each answer
with the document. About 15,000 requests take some minutes; the seed repeats them. --only names operations by a regular expression, --records
keeps a line of JSON for each request and fault.
It needs Python 3.10 or later with venv, and installs schemathesis from PyPI into a temporary folder unless it is on PATH.`;

const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
  "positive_data_acceptance",
];

const DEADLINE_MS = 2 * 3_600_000;

const { values: options } = parseArgs({
  options: {
    requests: { type: "string", default: "15000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "." },
    records: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}

const folder = await mkdtemp(join(tmpdir(), "progimage-fuzz-"));
try {
  process.exitCode = await fuzz();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Returns the exit code: 1 if there are faults. */
async function fuzz(): Promise<number> {
  const start = performance.now();
  const command = await findSchemathesis(folder);
  await using world = await startFuzzWorld(folder);
  const worldPath = join(folder, "world.json");
  const recordsPath = options.records ?? join(folder, "records.ndjson");
  await Bun.write(worldPath, JSON.stringify(world));
  await Bun.write(recordsPath, "");
  const report = new FuzzReport();
  const reader = new RecordReader(recordsPath, report);
  const env = { FUZZ_WORLD: worldPath, FUZZ_RECORDS: recordsPath, FUZZ_SEED: options.seed };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const authorization = `Authorization: Bearer ${world.key}`;

  const progress = setInterval(() => void reader.read().then(showProgress), 5_000);
  /** Sends the requests of a phase. Returns whether it was completed. */
  const run = async (phase: string, args: readonly string[]) => {
    const outputPath = join(folder, `${phase}.txt`);
    const code = await runSchemathesis(command, {
      args: [`${world.url}/swagger/json`, "--phases", phase, "-H", authorization, ...commonArgs(), ...args],
      env,
      signal,
      outputPath,
    });
    await reader.read();
    if (code > 1 || signal.aborted) console.error(await Bun.file(outputPath).text());
    return code <= 1 && !signal.aborted;
  };
  const showProgress = () => {
    const { requests, faults } = report.total();
    console.log(`${seconds(start)} s: ${requests} requests, ${faults} faults`);
  };

  // Limits and values just beyond them come first, then random values up to the number of requests.
  let isWhole = await run("coverage", []);
  const rest = Number(options.requests) - report.total().requests;
  const each = Math.ceil(rest / report.rows().length);
  if (isWhole && each > 0) isWhole = await run("fuzzing", ["--max-examples", String(each)]);
  clearInterval(progress);

  console.table(report.rows());
  for (const [reason, times] of report.reasons()) console.log(`Not a fault, ${times} times: ${reason}`);
  for (const text of report.faultTexts()) console.log(`\n${text}`);
  const { requests, valid, accepted, faults } = report.total();
  console.log(
    `${requests} requests in ${seconds(start)} s with seed ${options.seed}: ${valid} valid, ${accepted} of them accepted; ${faults} faults`,
  );
  return isWhole && requests > 0 && faults === 0 ? 0 : 1;
}

function commonArgs(): readonly string[] {
  return [
    ...["--seed", options.seed],
    ...["--checks", CHECKS.join(",")],
    ...["--include-operation-id-regex", options.only],
    ...["--generation-database", "none"],
    ...["--suppress-health-check", "all"],
    ...["--request-timeout", "60"],
    "--continue-on-failure",
    "--no-shrink",
    "--no-color",
  ];
}

function seconds(start: number): number {
  return Math.round((performance.now() - start) / 1_000);
}
