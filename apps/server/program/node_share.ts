import { parseArgs } from "node:util";
import type { Config } from "../settings/config.ts";

/** Which of the HTTP processes of a program one is. Only the supervisor says so, by arguments: it is no setting. */
export interface NodeShare {
  /** Its place among them, from 0. */
  readonly index: number;
  /** The port that all of them listen on; 0 has the system choose one. */
  readonly port: number;
}

/** How an HTTP process ends that cannot use a setting or a plugin. */
export const SETTING_EXIT_CODE = 2;

/** How an HTTP process ends whose storage fails. Another may go on, now or later, as the settings are good. */
export const STORAGE_EXIT_CODE = 74;

/**
 * How one ends that may have lost what it wrote to the database. By a signal, as `process.exit` would have SQLite write back the log
 * without a look at its checksums.
 */
export const STORAGE_SIGNAL = "SIGUSR2";

/** What an HTTP process tells the supervisor once it listens. */
export interface ListeningMessage {
  readonly port: number;
}

/** Gives the arguments from which an HTTP process reads its share. */
export function shareArguments({ index, port }: NodeShare): readonly string[] {
  return ["--index", String(index), "--port", String(port)];
}

/** Reads the arguments that {@linkcode shareArguments} gave. */
export function readShare(args: readonly string[]): NodeShare {
  const options = { index: { type: "string" }, port: { type: "string" } } as const;
  const { index, port } = parseArgs({ args: [...args], options }).values;
  return { index: Number(index), port: Number(port) };
}

/** Gives the configuration of one HTTP process: its part of what the settings allow to the whole program. */
export function configOfShare(config: Config, { index, port }: NodeShare): Config {
  const { httpProcesses, maxArchiveBytes, maxIncomingBytes, maxRequestBytes, maxUploadBytes } = config;
  const part = (total: number) => Math.floor(total / httpProcesses) + Number(index < total % httpProcesses);
  // A request that fits into the program must fit into the process that it happens to reach.
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
