import { delimiter } from "node:path";
import { runAutocannon } from "./autocannon.ts";
import { addLoads, type Load, type LoadResult } from "./load.ts";
import { runWrk } from "./wrk.ts";

/** Where system programs are that are not on everybody's PATH. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

/** Loads a server for a while by wrk, which costs little, or where it is not installed by autocannon. */
export async function closedLoop(load: Load): Promise<LoadResult> {
  const wrk = findProgram("wrk");
  const { origins } = load;
  const connections = Math.max(1, Math.round(load.connections / origins.length));
  const parts = origins.map((origin) => ({ ...load, connections, origins: [origin] }));
  return addLoads(await Promise.all(parts.map((part) => (wrk ? runWrk(wrk, part) : runAutocannon(part)))));
}

/** Gives the path of an installed program, or null. */
export function findProgram(name: string): string | null {
  const PATH = [process.env["PATH"] ?? "", ...SYSTEM_FOLDERS].join(delimiter);
  return Bun.which(name, { PATH });
}
