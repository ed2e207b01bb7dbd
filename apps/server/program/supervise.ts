import { keepRunning } from "./keep_running.ts";
import type { Logger } from "./log.ts";
import { SETTING_EXIT_CODE } from "./node_share.ts";
import { type PreparedStart, prepareStart } from "./prepare_start.ts";
import { publicUrlOf } from "../settings/public_url.ts";
import { makeSharedMemory } from "./shared_memory.ts";
import { welcome } from "./welcome.ts";

/**
 * Keeps the HTTP processes running until it is stopped, unless the server cannot start. Returns the exit code of the program.
 *
 * It holds little memory: other processes read the configuration and migrate the database.
 */
export async function supervise(): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());
  // The log is loaded while the other process works.
  const [prepared, { openLog }] = await Promise.all([prepareStart(stopping.signal), import("./log.ts")]);
  if (typeof prepared === "number") return prepared;
  const { log, close } = await openLog(prepared);
  const code = stopping.signal.aborted ? 0 : await run(prepared, { log, stopping });
  await close();
  return code;
}

/** Runs the HTTP processes. Returns the exit code of the program. */
async function run(
  config: PreparedStart,
  { log, stopping }: { readonly log: Logger; readonly stopping: AbortController },
): Promise<number> {
  let memory: number | null = null;
  try {
    if (config.sharedBytes > 0) memory = makeSharedMemory(config.sharedBytes, config.tmpDir);
  } catch (error) {
    log.fatal((error as Error).message);
    return SETTING_EXIT_CODE;
  }

  // The first one starts alone: it may have to choose the port, and a faulty setting is reported once.
  const first = keep(0, config.port);
  const port = await first.listening;
  const nodes = [first];
  if (port !== null) {
    for (let index = 1; index < config.httpProcesses && !stopping.signal.aborted; index++)
      nodes.push(keep(index, port));
    void Promise.all(nodes.map(({ listening }) => listening)).then((ports) => {
      if (!ports.includes(null)) console.log(welcome(publicUrlOf(config, port)));
    });
  }
  const codes = await Promise.all(nodes.map(({ ended }) => ended));
  return codes.find((code) => code !== 0) ?? 0;

  function keep(index: number, port: number) {
    const options = { config, log, stop: stopping.signal, hasServed: index > 0 };
    const node = keepRunning({ index, port, memory }, options);
    void node.ended.then(() => stopping.abort());
    return node;
  }
}
