import { CHANGE_STAMPS_BYTES } from "@progimage/core";
import type { Config } from "../settings/config.ts";
import { checkHost, checkPort } from "./explain_listening.ts";
import { keepRunning } from "./keep_running.ts";
import type { Logger } from "./log.ts";
import { publicUrlOf } from "../settings/public_url.ts";
import { makeSharedMemory } from "./shared_memory.ts";
import { welcome } from "./welcome.ts";

type SupervisedConfig = Pick<
  Config,
  "drainMs" | "host" | "httpProcesses" | "livenessTimeoutMs" | "port" | "publicUrl" | "tmpDir"
>;

/**
 * Keeps the HTTP processes running until it is stopped, unless the first one never listens. Returns the exit code of the program.
 *
 * @throws {ConfigError} if another program uses the port that the processes will share
 */
export async function supervise(config: SupervisedConfig, log: Logger): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());
  await checkHost(config);
  if (config.httpProcesses > 1) await checkPort(config);

  const memory = config.httpProcesses > 1 ? makeSharedMemory(CHANGE_STAMPS_BYTES, config.tmpDir) : null;

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
