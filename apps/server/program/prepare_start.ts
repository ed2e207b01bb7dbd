import { fileURLToPath } from "node:url";
import type { Config } from "../settings/config.ts";
import { KILLED_CODE, KILLED_TEXT } from "./keep_running.ts";

/** The settings of the supervisor, which another process has read and checked. */
export interface PreparedStart extends Pick<
  Config,
  | "debug"
  | "drainMs"
  | "host"
  | "httpProcesses"
  | "livenessTimeoutMs"
  | "logFormat"
  | "logLevel"
  | "port"
  | "publicUrl"
  | "tmpDir"
> {
  /** Bytes of memory that the HTTP processes share; 0 if there is only one process. */
  readonly sharedBytes: number;
}

const PROGRAM = fileURLToPath(new URL("./prepare.ts", import.meta.url));

/**
 * Checks and prepares in a process of its own what the server needs. Returns the settings of the supervisor, or the exit code of the program
 * if it cannot start or was stopped.
 */
export async function prepareStart(stop: AbortSignal): Promise<PreparedStart | number> {
  const child = Bun.spawn([process.execPath, "--no-orphans", PROGRAM], {
    stdio: ["ignore", "pipe", "inherit"],
    env: process.env,
  });
  const onStop = () => child.kill("SIGTERM");
  stop.addEventListener("abort", onStop);
  const text = await new Response(child.stdout).text();
  const code = await child.exited;
  stop.removeEventListener("abort", onStop);
  // Nothing has been served that must be finished.
  if (stop.aborted) return 0;
  if (code === KILLED_CODE)
    console.error(`Giving up as the process that prepares the start ended with code ${code}: ${KILLED_TEXT}`);
  return code === 0 ? (JSON.parse(text) as PreparedStart) : code;
}
