import { availableParallelism } from "node:os";
import { addCounts, countsOf, countsText, retriedTestOf, type TestCounts } from "./test_counts.ts";
import { testMachine } from "./test_machine.ts";

/** Packages that are tested concurrently: two more than there are cores, as tests are idle for a third of their time. */
const CONCURRENCY = Math.max(2, availableParallelism()) + 2;

/** How often a failed test is tried again: faults of real processes have deadlines, and a busy machine may miss one. */
const RETRIES = 1;

/** The scripts of packages that run tests. Those of the server are three, which run at the same time. */
const TASKS = ["test", "test:end_to_end", "test:trust", "test:root"];

/**
 * Runs the tests of every package with turbo, shows their output, names the tests that passed only when tried again, and ends with one
 * line, `N passed, N failed`. Arguments go to turbo: `npm test -- --filter=@progimage/core`.
 */
const turbo = Bun.spawn(
  [
    ...[process.execPath, "x", "turbo", "run", ...TASKS, "--continue"],
    ...[`--concurrency=${CONCURRENCY}`, ...process.argv.slice(2)],
    ...["--", `--retry=${RETRIES}`],
  ],
  {
    cwd: `${import.meta.dir}/..`,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: "1",
      FORCE_COLOR: process.stdout.isTTY ? "1" : "0",
      // turbo replays a pass as long as nothing changes that it knows of.
      TEST_MACHINE: testMachine(process.env),
    },
  },
);

let counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
const retried: string[] = [];
await Promise.all([show(turbo.stdout, process.stdout), show(turbo.stderr, process.stderr)]);
const code = await turbo.exited;
// A crashed test runner has not counted its own failure.
if (code !== 0 && counts.failed === 0) counts = { ...counts, failed: 1 };
for (const name of retried) console.log(`Passed only when tried again: ${name}`);
console.log(countsText(counts));
process.exitCode = code || (counts.passed === 0 ? 1 : 0);

async function show(stream: ReadableStream<Uint8Array>, output: NodeJS.WriteStream): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    output.write(chunk);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      counts = addCounts(counts, countsOf(line));
      retried.push(...retriedTestOf(line));
    }
  }
}
