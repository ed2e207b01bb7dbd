import { delimiter } from "node:path";
import { runAutocannon } from "./autocannon.ts";
import { addLoads, type Load, type LoadResult } from "./load.ts";
import { runWrk } from "./wrk.ts";

/** Folders of system programs that may be missing from PATH. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

/** Loads a server for some seconds with wrk, which needs little CPU, or with autocannon if wrk is not installed. */
export async function closedLoop(load: Load): Promise<LoadResult> {
  const wrk = findProgram("wrk");
  const { origins } = load;
  const connections = Math.max(1, Math.round(load.connections / origins.length));
  const parts = origins.map((origin) => ({ ...load, connections, origins: [origin] }));
  return addLoads(await Promise.all(parts.map((part) => (wrk ? runWrk(wrk, part) : runAutocannon(part)))));
}

/** Returns the path of an installed program, or null. */
export function findProgram(name: string): string | null {
  const PATH = [process.env["PATH"] ?? "", ...SYSTEM_FOLDERS].join(delimiter);
  return Bun.which(name, { PATH });
}
