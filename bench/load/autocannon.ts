import { join } from "node:path";
import { latencyOf } from "../statistics.ts";
import type { Load, LoadResult } from "./load.ts";
import { type GeneratorOutput, runGenerator } from "./run_generator.ts";

const PROGRAM = join(import.meta.dir, "autocannon_process.mjs");

/** Loads one server with autocannon, in its own process. Uses Node if it is installed, as autocannon is written for it. */
export async function runAutocannon(load: Load): Promise<LoadResult> {
  const command = [Bun.which("node") ?? process.execPath, PROGRAM];
  return readAutocannon(await runGenerator(command, JSON.stringify(load)));
}

/** Reads the output of our program for autocannon. */
export function readAutocannon({ text, cores }: GeneratorOutput): LoadResult {
  const { errors, statuses, seconds, bytes, times, first, last } = JSON.parse(text);
  let [answers, failures] = [0, errors as number];
  for (const [status, count] of statuses as [number, number][]) {
    answers += count;
    if (status >= 400) failures += count;
  }
  return {
    generator: "autocannon",
    answers,
    failures,
    seconds,
    first,
    last,
    bytes,
    latency: latencyOf(times),
    cores,
  };
}
