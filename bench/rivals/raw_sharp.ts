import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { EncoderOptions } from "@progimage/core";
import { rateBetween } from "../load/load.ts";
import type { PictureFormat } from "../source_pictures.ts";

/** The renders of a process that uses only sharp. */
export interface RawSharpTask {
  readonly inputs: readonly string[];
  /** The folder of the results, each a new file. */
  readonly folder: string;
  readonly format: PictureFormat;
  /** The side of the square that the result fits into, in pixels. */
  readonly side: number;
  readonly encoder: EncoderOptions[PictureFormat];
}

/** The order to a process: a number of renders, within a time limit. */
export interface RawSharpOrder {
  readonly task: RawSharpTask;
  readonly renders: number;
  readonly milliseconds: number;
}

/** The nice value of render processes. */
export const RENDER_PRIORITY = 10;

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const PROGRAM = join(import.meta.dir, "raw_sharp_process.ts");

/** The reference limit: one process per core that only renders from file to file. */
export class RawSharp implements AsyncDisposable {
  readonly #processes = Array.from({ length: availableParallelism() }, () => new RawSharpProcess());

  /** Renders at full speed. Returns renders a second. */
  async throughput(task: RawSharpTask, seconds: number): Promise<number> {
    const times = await this.#order({ task, renders: NO_LIMIT, milliseconds: seconds * 1000 });
    return rateBetween(times.length, Math.min(...times), Math.max(...times));
  }

  /** Does a number of renders in every process. */
  async render(task: RawSharpTask, count: number): Promise<void> {
    await this.#order({ task, renders: count, milliseconds: NO_LIMIT });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.stop()));
  }

  /** Returns when each render of all processes ended, in seconds. */
  async #order(order: RawSharpOrder): Promise<readonly number[]> {
    return (await Promise.all(this.#processes.map((each) => each.order(order)))).flat();
  }
}

class RawSharpProcess {
  #answer: PromiseWithResolvers<readonly number[]> | null = null;
  readonly #child = Bun.spawn([process.execPath, "--no-orphans", PROGRAM], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (times: readonly number[]) => this.#answer?.resolve(times),
    onExit: (_child, code) => this.#answer?.reject(new Error(`Cannot render with sharp: exit code ${code}`)),
  });

  async order(order: RawSharpOrder): Promise<readonly number[]> {
    this.#answer = Promise.withResolvers<readonly number[]>();
    this.#child.send(order);
    const times = await this.#answer.promise;
    this.#answer = null;
    return times;
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }
}
