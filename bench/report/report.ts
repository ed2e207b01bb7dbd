import { availableParallelism, cpus, platform, release, totalmem } from "node:os";
import sharp from "sharp";
import { findProgram } from "../load/closed_loop.ts";
import { ipxVersion } from "../rivals/ipx.ts";
import type { ScenarioResult } from "../scenario.ts";

/** Everything that a run of the bench has found out. */
export interface Report {
  /** When it ended, by ISO 8601. */
  readonly date: string;
  readonly runs: number;
  readonly quick: boolean;
  readonly machine: Machine;
  /** Versions of what was measured and of what measured it; null where something is not installed. */
  readonly versions: Readonly<Record<string, string | null>>;
  readonly notes: readonly string[];
  readonly scenarios: readonly ScenarioReport[];
}

/** What the bench ran on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
}

/** What one scenario has found out. */
export interface ScenarioReport {
  readonly name: string;
  readonly summary: string;
  readonly results: readonly ScenarioResult[];
  /** Why it could not be measured. */
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

/** Gives the versions of everything that takes part. */
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

/** Gives the version that an installed program says, on whatever stream. */
function versionOf(name: string, option: string): string | null {
  const program = findProgram(name);
  if (!program) return null;
  const { stdout, stderr } = Bun.spawnSync([program, option]);
  return VERSION_REGEXP.exec(`${stdout}${stderr}`)?.[0] ?? "of unknown version";
}
