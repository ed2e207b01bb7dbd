import { join } from "node:path";
import { latencyOf } from "../statistics.ts";
import type { Load, LoadResult } from "./load.ts";
import { type GeneratorOutput, runGenerator } from "./run_generator.ts";

const PROGRAM = join(import.meta.dir, "autocannon_process.mjs");

/** Loads one server by autocannon, in a process of its own: by Node where it is installed, for which it is written. */
export async function runAutocannon(load: Load): Promise<LoadResult> {
  const command = [Bun.which("node") ?? process.execPath, PROGRAM];
  return readAutocannon(await runGenerator(command, JSON.stringify(load)));
}

/** Reads what our program for autocannon printed. */
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
