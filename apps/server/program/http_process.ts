import { fileURLToPath } from "node:url";
import type { Config } from "../settings/config.ts";
import {
  type ListeningMessage,
  type NodeShare,
  shareArguments,
  STORAGE_EXIT_CODE,
  STORAGE_SIGNAL,
} from "./node_share.ts";
import { SignsOfLife } from "./sign_of_life.ts";

/** Options for {@linkcode runHttpProcess}. */
export interface RunHttpProcessOptions {
  readonly config: Pick<Config, "drainMs" | "livenessTimeoutMs">;
  readonly onListening: (port: number) => void;
  /** Tells the process to stop. */
  readonly stop: AbortSignal;
}

/** An HTTP process that has ended. */
export interface EndedHttpProcess {
  readonly pid: number;
  readonly code: number;
  /** Whether it was stopped because it did not answer any more. */
  readonly wasDeaf: boolean;
}

const PROGRAM = fileURLToPath(new URL("./serve.ts", import.meta.url));

/** Threads for files and cryptography: enough that one kind does not wait for the other. Only the environment can set it. */
const THREADS = "16";

/** Time after its drain time until a process is killed. An unresponsive process gets only this. */
const STOP_MARGIN_MILLISECONDS = 5_000;

/** Runs an HTTP process until it ends by itself, or is stopped by the signal or because it does not respond. */
export async function runHttpProcess(
  share: NodeShare,
  { config, onListening, stop }: RunHttpProcessOptions,
): Promise<EndedHttpProcess> {
  using stack = new DisposableStack();
  let wasDeaf = false;
  let signs: SignsOfLife | null = null;
  const child = Bun.spawn([process.execPath, "--no-orphans", PROGRAM, ...shareArguments(share)], {
    ipc: (message: ListeningMessage | string) => {
      if (typeof message === "string") return signs?.hear(message);
      signs = stack.use(new SignsOfLife({ timeoutMs: config.livenessTimeoutMs, ask, onDeaf }));
      onListening(message.port);
    },
    serialization: "json",
    stdio: ["ignore", "inherit", "inherit", ...(share.memory === null ? [] : [share.memory])],
    env: { ...process.env, UV_THREADPOOL_SIZE: THREADS },
  });
  const onStop = () => end(config.drainMs + STOP_MARGIN_MILLISECONDS);
  stop.addEventListener("abort", onStop);
  stack.defer(() => stop.removeEventListener("abort", onStop));
  const exitCode = await child.exited;
  const code = child.signalCode === STORAGE_SIGNAL ? STORAGE_EXIT_CODE : exitCode;
  // A process that had not begun to serve has nothing to finish.
  const isEarly = stop.aborted && child.signalCode === "SIGTERM";
  return { pid: child.pid, code: isEarly ? 0 : code, wasDeaf };

  function ask(question: string): void {
    try {
      child.send(question);
    } catch {
      // The IPC channel is closed: the process counts as unresponsive.
    }
  }

  function onDeaf(): void {
    if (stop.aborted) return;
    wasDeaf = true;
    end(STOP_MARGIN_MILLISECONDS);
  }

  /** Tells the process to end, and kills it after a timeout. */
  function end(milliseconds: number): void {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    stack.defer(() => clearTimeout(timer));
  }
}
