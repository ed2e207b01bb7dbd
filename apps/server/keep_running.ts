import { fileURLToPath } from "node:url";
import type { Config } from "./config.ts";
import {
  type ListeningMessage,
  type NodeShare,
  shareArguments,
  STORAGE_EXIT_CODE,
  STORAGE_SIGNAL,
} from "./node_share.ts";

/** HTTP processes of one share, one after the other. */
export interface KeptNode {
  /** The port on which the first of them listens, once it does; `null` if none ever will. */
  readonly listening: Promise<number | null>;
  /** The exit code, once the last of them has ended: by order, or because nothing helps. */
  readonly ended: Promise<number>;
}

const PROGRAM = fileURLToPath(new URL("./serve.ts", import.meta.url));

/** Threads for files and cryptography, so that they do not wait for each other. Only the environment can set it. */
const THREADS = "16";

/** An HTTP process that lives for less than this, or does not come to listen, has failed to start. */
const SHORT_LIFE_MILLISECONDS = 5_000;

/** How often in a row another is tried beside others that serve. Alone, trying again would not help. */
const TRIES = 4;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 32_000;

/** Time that a process has beyond its own for draining before it is ended by force. */
const STOP_MARGIN_MILLISECONDS = 5_000;

/**
 * Keeps an HTTP process running until it is told to stop or fails to start too often. While its storage fails another is tried less
 * and less often, without end, unless none has ever listened.
 */
export function keepRunning(
  share: NodeShare,
  config: Pick<Config, "drainMs" | "httpProcesses">,
  stop: AbortSignal,
): KeptNode {
  const listening = Promise.withResolvers<number | null>();
  const ended = keep().finally(() => listening.resolve(null));
  return { listening: listening.promise, ended };

  async function keep(): Promise<number> {
    let { port } = share;
    let tries = 0;
    let hasListened = false;
    let hasEverListened = false;
    const onListening = (message: ListeningMessage) => {
      ({ port } = message);
      hasListened = hasEverListened = true;
      if (config.httpProcesses > 1) tries = TRIES;
      listening.resolve(port);
    };
    for (let failures = 0; ;) {
      const startedAt = performance.now();
      hasListened = false;
      const { pid, code } = await run({ ...share, port }, { onListening, stop, drainMs: config.drainMs });
      if (stop.aborted) return code;
      const hasLived = hasListened && performance.now() - startedAt >= SHORT_LIFE_MILLISECONDS;
      failures = hasLived ? 0 : failures + 1;
      const mayRecover = code === STORAGE_EXIT_CODE && hasEverListened;
      if (failures > tries && !mayRecover) {
        if (tries > 0) console.error(`An HTTP process has failed ${failures} times in a row: giving up`);
        return code || 1;
      }
      console.error(`HTTP process ${pid} ended with code ${code}: starting another`);
      const longer = FIRST_PAUSE_MILLISECONDS * 2 ** (failures - 1);
      if (failures > 0) await pause(Math.min(longer, LONGEST_PAUSE_MILLISECONDS), stop);
      if (stop.aborted) return 0;
    }
  }
}

interface RunOptions {
  readonly onListening: (message: ListeningMessage) => void;
  readonly stop: AbortSignal;
  readonly drainMs: number;
}

/** An HTTP process that has ended. */
interface Ended {
  readonly pid: number;
  readonly code: number;
}

/** Runs an HTTP process to its end, which it is told to come to once the signal says so. */
async function run(share: NodeShare, { onListening, stop, drainMs }: RunOptions): Promise<Ended> {
  const child = Bun.spawn([process.execPath, "--no-orphans", PROGRAM, ...shareArguments(share)], {
    ipc: onListening,
    serialization: "json",
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, UV_THREADPOOL_SIZE: THREADS },
  });
  const end = () => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), drainMs + STOP_MARGIN_MILLISECONDS).unref();
  };
  stop.addEventListener("abort", end);
  const exitCode = await child.exited;
  const code = child.signalCode === STORAGE_SIGNAL ? STORAGE_EXIT_CODE : exitCode;
  stop.removeEventListener("abort", end);
  // One that had not begun to serve has nothing to finish.
  const isEarly = stop.aborted && child.signalCode === "SIGTERM";
  return { pid: child.pid, code: isEarly ? 0 : code };
}

function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  stop.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  return promise;
}
