import { parseArgs } from "node:util";
import type { Config } from "../settings/config.ts";

/** The position of an HTTP process among those of its program. The supervisor passes it by arguments: it is no setting. */
export interface NodeShare {
  /** Its index, from 0. */
  readonly index: number;
  /** The port that all of them listen on. With 0 the system chooses one. */
  readonly port: number;
  /** The file descriptor of memory that all of them share; `null` if there is only one. */
  readonly memory: number | null;
}

/** The exit code of an HTTP process that cannot use a setting or a plugin. */
export const SETTING_EXIT_CODE = 2;

/** The exit code of an HTTP process whose storage fails. A restart may succeed, as the settings are good. */
export const STORAGE_EXIT_CODE = 74;

/**
 * Ends a process that may have lost writes to the database. It is a signal because with `process.exit` SQLite would write back its log
 * without checking the checksums.
 */
export const STORAGE_SIGNAL = "SIGUSR2";

/** The message of an HTTP process to the supervisor once it listens. */
export interface ListeningMessage {
  readonly port: number;
}

/** Returns the arguments that pass a share to an HTTP process. */
export function shareArguments({ index, memory, port }: NodeShare): readonly string[] {
  return ["--index", String(index), "--port", String(port), ...(memory === null ? [] : ["--shared-memory"])];
}

/** The share of an HTTP process, as it reads it from its arguments. */
export interface OwnShare extends Pick<NodeShare, "index" | "port"> {
  readonly hasSharedMemory: boolean;
}

/** Reads the arguments of {@linkcode shareArguments}. */
export function readShare(args: readonly string[]): OwnShare {
  const options = {
    index: { type: "string" },
    port: { type: "string" },
    "shared-memory": { type: "boolean", default: false },
  } as const;
  const { index, port, "shared-memory": hasSharedMemory } = parseArgs({ args: [...args], options }).values;
  return { index: Number(index), port: Number(port), hasSharedMemory };
}

/** Returns the configuration of one HTTP process: its share of the limits of the whole program. */
export function configOfShare(config: Config, { index, port }: Pick<NodeShare, "index" | "port">): Config {
  const { httpProcesses, maxArchiveBytes, maxIncomingBytes, maxRequestBytes, maxUploadBytes } = config;
  const part = (total: number) => Math.floor(total / httpProcesses) + Number(index < total % httpProcesses);
  // A request that fits into the program must fit into any of its processes.
  const largest = Math.max(maxArchiveBytes, maxRequestBytes, maxUploadBytes);
  const largestRequest = Math.min(maxIncomingBytes, largest);
  return {
    ...config,
    port,
    renderProcesses: Math.max(1, part(config.renderProcesses)),
    queueLength: Math.max(1, part(config.queueLength)),
    jobItemsAtATime: config.jobItemsAtATime && Math.max(1, part(config.jobItemsAtATime)),
    maxIncomingBytes: Math.max(largestRequest, part(maxIncomingBytes)),
  };
}
