import type { Config } from "../settings/config.ts";
import { type EndedHttpProcess, runHttpProcess } from "./http_process.ts";
import type { Logger } from "./log.ts";
import { type NodeShare, SETTING_EXIT_CODE, STORAGE_EXIT_CODE } from "./node_share.ts";

/** HTTP processes of one share, one after the other. */
export interface KeptNode {
  /** The port on which the first of them listens, once it does; `null` if none ever will. */
  readonly listening: Promise<number | null>;
  /** The exit code, once the last of them has ended: by order, or because the first did not come to listen. */
  readonly ended: Promise<number>;
}

/** Options for {@linkcode keepRunning}. */
export interface KeepRunningOptions {
  readonly config: Pick<Config, "drainMs" | "livenessTimeoutMs">;
  readonly log: Logger;
  readonly stop: AbortSignal;
  /** Whether the program has served already: then the settings are good, and starting again can help. */
  readonly hasServed: boolean;
}

/** An HTTP process that lives for less than this, or does not come to listen, has failed to start. */
const SHORT_LIFE_MILLISECONDS = 5_000;

/** The back-off of processes that fail to start: it doubles from the one to the other. */
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 32_000;

/** Codes of processes that have said themselves why they cannot start, and what helps. */
const EXPLAINED_CODES: readonly number[] = [SETTING_EXIT_CODE, STORAGE_EXIT_CODE];

/**
 * Keeps an HTTP process running until it is told to stop. One that ends is started again: at once, or, if it has just been
 * started, after a pause that grows. It is given up only if it has never served.
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
      const pauseMs = pauseAfter(failures);
      log.error({ httpPid: end.pid, code: end.code, pauseMs }, restartText(end, config, pauseMs));
      await pause(pauseMs, stop);
      if (stop.aborted) return 0;
    }
  }
}

function pauseAfter(failures: number): number {
  if (failures === 0) return 0;
  return Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** (failures - 1), LONGEST_PAUSE_MILLISECONDS);
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
      ? "the system or its operator has killed it, often for want of memory: give the machine or container more"
      : "mend what it says above; if it says nothing, start without PROGIMAGE_PLUGINS, as a plugin may have ended it";
  return `Giving up as the HTTP process ended with code ${code} before it served anything: ${remedy}`;
}

/** The code of a process that SIGKILL has ended. */
const KILLED_CODE = 137;

function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  if (milliseconds === 0 || stop.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  stop.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  return promise;
}
