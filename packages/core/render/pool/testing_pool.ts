import { join } from "node:path";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { testFolder } from "../../testing/testing_folder.ts";
import type { PoolOutput, PoolFault, ProcessPoolOptions } from "./process_pool_options.ts";
import { ProcessPoolRenderer } from "./process_pool_renderer.ts";
import type { RenderJob } from "../renderer.ts";

/** A pool with all of its reports. */
export interface TestPool extends AsyncDisposable {
  readonly pool: ProcessPoolRenderer;
  readonly faults: readonly PoolFault[];
  readonly outputs: readonly PoolOutput[];
  /** Creates a job on a small image. Its only step does what its name says. */
  readonly job: (act: string, changes?: Partial<RenderJob>) => RenderJob;
  /** Writes a file and returns its path. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
}

/** One process of each kind with the misbehaving plugin, and limits long enough for a busy machine. */
export const POOL_OPTIONS: Omit<ProcessPoolOptions, "onFault"> = {
  plugins: [join(import.meta.dir, "testing_plugin.ts")],
  limits: DEFAULT_LIMITS,
  renderProcesses: 1,
  probeProcesses: 1,
  renderDeadline: 20_000,
  probeDeadline: 20_000,
  queueLength: 100,
  renderQueueTimeout: 30_000,
  bulkQueueTimeout: 30_000,
  probeQueueTimeout: 30_000,
  memoryLimit: 2 ** 31,
  retireAfter: 0,
};

const INPUT =
  '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="red"/></svg>';

/** Starts a pool with the misbehaving plugin and waits until it is ready. */
export async function startPool(options: Partial<ProcessPoolOptions> = {}): Promise<TestPool> {
  const folder = await testFolder();
  const faults: PoolFault[] = [];
  const outputs: PoolOutput[] = [];
  const write = async (name: string, content: string | Uint8Array) => {
    const path = join(folder.path, name);
    await Bun.write(path, content);
    return path;
  };
  const input = await write("input.svg", INPUT);
  const pool = new ProcessPoolRenderer({
    ...POOL_OPTIONS,
    onFault: (fault) => faults.push(fault),
    onOutput: (output) => outputs.push(output),
    ...options,
  });
  await pool.fingerprint();
  return {
    pool,
    faults,
    outputs,
    write,
    job: (act, changes) => ({
      key: crypto.randomUUID(),
      input,
      inputFormat: "svg",
      output: join(folder.path, crypto.randomUUID()),
      format: "png",
      steps: [{ transform: "act", params: { act } }],
      ...changes,
    }),
    [Symbol.asyncDispose]: async () => {
      await pool.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
