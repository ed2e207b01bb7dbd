import { fileURLToPath } from "node:url";
import type { Config } from "./config.ts";

const PROGRAM = fileURLToPath(new URL("./serve.ts", import.meta.url));

/** Threads for files and cryptography, so that they do not wait for each other. Only the environment can set it. */
const THREADS = "16";

/** An HTTP process that lives for less than this has failed to start: trying again would not help. */
const SHORT_LIFE_MILLISECONDS = 5_000;

/** Time that a process has beyond its own for draining before it is ended by force. */
const STOP_MARGIN_MILLISECONDS = 5_000;

/** Keeps an HTTP process running until it is told to stop. Gives the exit code of the program. */
export async function supervise(config: Pick<Config, "drainMs">): Promise<number> {
  let isStopping = false;
  let child = spawn();
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), config.drainMs + STOP_MARGIN_MILLISECONDS).unref();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  for (;;) {
    const startedAt = performance.now();
    const code = await child.exited;
    if (isStopping) return code;
    if (performance.now() - startedAt < SHORT_LIFE_MILLISECONDS) return code || 1;
    console.error(`The HTTP process ended with code ${code}: starting another`);
    child = spawn();
  }
}

function spawn(): Bun.Subprocess {
  return Bun.spawn([process.execPath, "--no-orphans", PROGRAM], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, UV_THREADPOOL_SIZE: THREADS },
  });
}
