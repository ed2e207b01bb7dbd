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
  /** Tells the process to come to its end. */
  readonly stop: AbortSignal;
}

/** An HTTP process that has ended. */
export interface EndedHttpProcess {
  readonly pid: number;
  readonly code: number;
  /** Whether it was ended as it gave no sign of life any more. */
  readonly wasDeaf: boolean;
}

const PROGRAM = fileURLToPath(new URL("./serve.ts", import.meta.url));

/** Threads for files and cryptography, so that they do not wait for each other. Only the environment can set it. */
const THREADS = "16";

/** Time that a process has beyond its own for draining before it is ended by force. A deaf one has nothing else. */
const STOP_MARGIN_MILLISECONDS = 5_000;

/** Runs an HTTP process to its end: its own, or one that it is told to come to as the signal says so or it has become deaf. */
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
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, UV_THREADPOOL_SIZE: THREADS },
  });
  const onStop = () => end(config.drainMs + STOP_MARGIN_MILLISECONDS);
  stop.addEventListener("abort", onStop);
  stack.defer(() => stop.removeEventListener("abort", onStop));
  const exitCode = await child.exited;
  const code = child.signalCode === STORAGE_SIGNAL ? STORAGE_EXIT_CODE : exitCode;
  // One that had not begun to serve has nothing to finish.
  const isEarly = stop.aborted && child.signalCode === "SIGTERM";
  return { pid: child.pid, code: isEarly ? 0 : code, wasDeaf };

  function ask(question: string): void {
    try {
      child.send(question);
    } catch {
      // Its channel is closed: it gives no sign of life.
    }
  }

  function onDeaf(): void {
    if (stop.aborted) return;
    wasDeaf = true;
    end(STOP_MARGIN_MILLISECONDS);
  }

  /** Tells the process to end, and ends it by force if it has not within the time. */
  function end(milliseconds: number): void {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    stack.defer(() => clearTimeout(timer));
  }
}
