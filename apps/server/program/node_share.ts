import { parseArgs } from "node:util";
import type { Config } from "../settings/config.ts";

/** The position of an HTTP process among those of its program. The supervisor passes it by arguments: it is no setting. */
export interface NodeShare {
  /** Its index, from 0. */
  readonly index: number;
  /** The port that all of them listen on. With 0 the system chooses one. */
  readonly port: number;
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
export function shareArguments({ index, port }: NodeShare): readonly string[] {
  return ["--index", String(index), "--port", String(port)];
}

/** Reads the arguments of {@linkcode shareArguments}. */
export function readShare(args: readonly string[]): NodeShare {
  const options = { index: { type: "string" }, port: { type: "string" } } as const;
  const { index, port } = parseArgs({ args: [...args], options }).values;
  return { index: Number(index), port: Number(port) };
}

/** Returns the configuration of one HTTP process: its share of the limits of the whole program. */
export function configOfShare(config: Config, { index, port }: NodeShare): Config {
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
