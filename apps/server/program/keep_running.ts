import { type BackOff, backOff, pause } from "@progimage/core/waiting";
import type { Config } from "../settings/config.ts";
import { type EndedHttpProcess, runHttpProcess } from "./http_process.ts";
import type { Logger } from "./log.ts";
import { type NodeShare, SETTING_EXIT_CODE, STORAGE_EXIT_CODE } from "./node_share.ts";

/** Successive HTTP processes of one share. */
export interface KeptNode {
  /** The port of the first process, once it listens; `null` if none ever will. */
  readonly listening: Promise<number | null>;
  /** The exit code, after the last process has ended: because it was stopped, or because the first one never listened. */
  readonly ended: Promise<number>;
}

/** Options for {@linkcode keepRunning}. */
export interface KeepRunningOptions {
  readonly config: Pick<Config, "drainMs" | "livenessTimeoutMs">;
  readonly log: Logger;
  readonly stop: AbortSignal;
  /** Whether the program has already served. If so, the settings are good, and a restart can help. */
  readonly hasServed: boolean;
}

/** An HTTP process that lives for less than this, or never listens, has failed to start. */
const SHORT_LIFE_MILLISECONDS = 5_000;

/** The delays after failed starts. */
const BACK_OFF: BackOff = { first: 250, longest: 32_000 };

/** Exit codes of processes that have already logged the cause and the remedy. */
const EXPLAINED_CODES: readonly number[] = [SETTING_EXIT_CODE, STORAGE_EXIT_CODE];

/**
 * Keeps an HTTP process running until it is stopped. Restarts a process that ends: immediately, or with a back-off if it has just been
 * started. Gives up only if none has ever served.
 */
export function keepRunning(
  share: NodeShare,
  { config, log, stop, hasServed }: KeepRunningOptions,
): KeptNode {
  const listening = Promise.withResolvers<number | null>();
  const ended = keep().finally(() => listening.resolve(null));
  return { listening: listening.promise, ended };

  async function keep(): Promise<number> {
    let { port } = share;
    let mayGiveUp = !hasServed;
    for (let failures = 0; ;) {
      let listeningSince = Infinity;
      const onListening = (chosen: number) => {
        port = chosen;
        mayGiveUp = false;
        listeningSince = performance.now();
        listening.resolve(port);
      };
      const end = await runHttpProcess({ ...share, port }, { config, onListening, stop });
      if (stop.aborted) return end.code;
      if (mayGiveUp) return giveUp(end, log);
      const hasLived = performance.now() - listeningSince >= SHORT_LIFE_MILLISECONDS;
      failures = hasLived ? 0 : failures + 1;
      const pauseMs = backOff(failures, BACK_OFF);
      log.error({ httpPid: end.pid, code: end.code, pauseMs }, restartText(end, config, pauseMs));
      await pause(pauseMs, stop);
      if (stop.aborted) return 0;
    }
  }
}

function restartText(
  { pid, code, wasDeaf }: EndedHttpProcess,
  { livenessTimeoutMs }: Pick<Config, "livenessTimeoutMs">,
  pauseMs: number,
): string {
  const end = wasDeaf
    ? `gave no sign of life for ${livenessTimeoutMs} ms and was ended`
    : `ended with code ${code}`;
  return `HTTP process ${pid} ${end}: starting another${pauseMs > 0 ? ` in ${pauseMs} ms` : ""}`;
}

/** Returns the exit code of the program. */
function giveUp({ pid, code }: EndedHttpProcess, log: Logger): number {
  if (!EXPLAINED_CODES.includes(code)) log.fatal({ httpPid: pid, code }, giveUpText(code));
  return code || 1;
}

function giveUpText(code: number): string {
  const remedy =
    code === KILLED_CODE
      ? KILLED_TEXT
      : "mend what it says above; if it says nothing, start without PROGIMAGE_PLUGINS, as a plugin may have ended it";
  return `Giving up as the HTTP process ended with code ${code} before it served anything: ${remedy}`;
}

/** The exit code of a process killed by SIGKILL. */
export const KILLED_CODE = 137;

/** Why a process may have been killed by SIGKILL, and the remedy. */
export const KILLED_TEXT =
  "the system or its operator has killed it, often for want of memory: give the machine or container more";
