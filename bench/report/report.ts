import { availableParallelism, cpus, platform, release, totalmem } from "node:os";
import sharp from "sharp";
import { findProgram } from "../load/closed_loop.ts";
import { ipxVersion } from "../rivals/ipx.ts";
import type { ScenarioResult } from "../scenario.ts";

/** All results of a run of the bench. */
export interface Report {
  /** The time of its end, in ISO 8601. */
  readonly date: string;
  readonly runs: number;
  readonly quick: boolean;
  readonly machine: Machine;
  /** Versions of the measured programs and of the load generators; null if one is not installed. */
  readonly versions: Readonly<Record<string, string | null>>;
  readonly notes: readonly string[];
  readonly scenarios: readonly ScenarioReport[];
}

/** The machine on which the bench ran. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
}

/** The results of one scenario. */
export interface ScenarioReport {
  readonly name: string;
  readonly summary: string;
  readonly results: readonly ScenarioResult[];
  /** Why the measurement failed. */
  readonly error?: string;
}

const VERSION_REGEXP = /\d+(?:\.\d+)+/;

/** Describes this machine. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${platform()} ${release()}`,
  };
}

/** Returns the versions of all programs involved. */
export async function findVersions(): Promise<Report["versions"]> {
  return {
    bun: Bun.version,
    sharp: sharp.versions.sharp ?? null,
    libvips: sharp.versions.vips,
    node: versionOf("node", "--version"),
    nginx: versionOf("nginx", "-v"),
    wrk: versionOf("wrk", "-v"),
    ipx: await ipxVersion(),
  };
}

/** Returns the version that an installed program prints, on standard output or standard error. */
function versionOf(name: string, option: string): string | null {
  const program = findProgram(name);
  if (!program) return null;
  const { stdout, stderr } = Bun.spawnSync([program, option]);
  return VERSION_REGEXP.exec(`${stdout}${stderr}`)?.[0] ?? "of unknown version";
}
