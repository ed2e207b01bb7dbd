import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Load, LoadResult } from "./load.ts";
import { type GeneratorOutput, runGenerator } from "./run_generator.ts";

const SCRIPT = join(import.meta.dir, "walk.lua");
const MEASURED_REGEXP = /^measured (\{.*\})$/m;

/** The timeout of a response: a cold render may wait in a long queue. */
const TIMEOUT_SECONDS = 120;

/** Loads one server with wrk, with one thread. */
export async function runWrk(program: string, load: Load): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), "progimage-wrk-"));
  try {
    const paths = join(folder, "paths");
    await Bun.write(paths, `${load.paths.join("\n")}\n`);
    const headers = Object.entries(load.headers ?? {}).flatMap(([name, value]) => [
      "-H",
      `${name}: ${value}`,
    ]);
    const command = [
      ...[program, "--threads", "1", "--connections", String(load.connections)],
      ...["--duration", `${load.seconds}s`, "--timeout", `${TIMEOUT_SECONDS}s`],
      ...[...headers, "--script", SCRIPT, load.origins[0] ?? "", "--", paths, load.isSlow ? "slow" : ""],
    ];
    return readWrk(await runGenerator(command));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Reads the output of our script for wrk. */
export function readWrk({ text, cores }: GeneratorOutput): LoadResult {
  const [, json] = MEASURED_REGEXP.exec(text) ?? [];
  if (!json) throw new Error(`Cannot read what wrk printed: ${text}`);
  const { answers, refused, lost, bytes, seconds, first, last, ...latency } = JSON.parse(json);
  const ends = first > 0 && { first, last };
  return { generator: "wrk", answers, failures: refused + lost, seconds, ...ends, bytes, latency, cores };
}
