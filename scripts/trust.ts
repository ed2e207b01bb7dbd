import { addCounts, countsOf, countsText, type TestCounts } from "./test_counts.ts";
import { TRUST_FOLDER, trustFiles } from "./trust_files.ts";

const HELP = `bun run trust [--short] [WORD …]

Runs the tests of what a server can be trusted with: hostile input, overload, crashes, disks that fail, pages of strangers.
One file after the other, since they measure; it takes about an hour. --short runs what CI runs. With words, only files whose
path contains one of them.`;

/** The test counts of a file. */
interface FileResult {
  readonly file: string;
  readonly counts: TestCounts;
  readonly seconds: number;
}

const NONE: TestCounts = { passed: 0, failed: 0, skipped: 0 };

const [options, words] = [true, false].map((isOption) =>
  process.argv.slice(2).filter((argument) => argument.startsWith("--") === isOption),
) as [string[], string[]];
const unknown = options.find((option) => option !== "--short");
if (unknown) {
  console.log(unknown === "--help" ? HELP : `Cannot use ${unknown}: it must be --short or --help\n\n${HELP}`);
  process.exit(unknown === "--help" ? 0 : 2);
}

const files = trustFiles(words);
const results: FileResult[] = [];
for (const [index, file] of files.entries()) {
  console.log(`\n— ${index + 1} of ${files.length}: ${file}`);
  const result = await run(file);
  results.push(result);
  console.log(`${countsText(result.counts)} in ${result.seconds} s`);
}
console.log();
console.table(results.map(({ file, counts, seconds }) => ({ file, ...counts, seconds })));
const total = results.reduce((sum, { counts }) => addCounts(sum, counts), NONE);
console.log(countsText(total));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** Runs the tests of a file and shows their output. */
async function run(file: string): Promise<FileResult> {
  const start = performance.now();
  const child = Bun.spawn([process.execPath, "test", "--timeout", "60000", `./${file}`], {
    cwd: TRUST_FOLDER,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PROGIMAGE_LONG_TESTS: String(!options.includes("--short")) },
  });
  const parts = await Promise.all([show(child.stdout, process.stdout), show(child.stderr, process.stderr)]);
  const counted = parts.reduce(addCounts);
  // A crashed test runner has not counted its own failure.
  const isDead = (await child.exited) !== 0 && counted.failed === 0;
  const counts = isDead ? addCounts(counted, { ...NONE, failed: 1 }) : counted;
  return { file, counts, seconds: Math.round((performance.now() - start) / 1_000) };
}

/** Forwards a stream. Returns the counts of its summary. */
async function show(stream: ReadableStream<Uint8Array>, output: NodeJS.WriteStream): Promise<TestCounts> {
  const decoder = new TextDecoder();
  let counts = NONE;
  let rest = "";
  for await (const chunk of stream) {
    output.write(chunk);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) counts = addCounts(counts, countsOf(line));
  }
  return counts;
}
