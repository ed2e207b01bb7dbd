import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { EncoderOptions } from "@progimage/core";
import { rateBetween } from "../load/load.ts";
import type { PictureFormat } from "../source_pictures.ts";

/** What a process with nothing but sharp renders. */
export interface RawSharpTask {
  readonly inputs: readonly string[];
  /** Results are written here, each to a file of its own. */
  readonly folder: string;
  readonly format: PictureFormat;
  /** The result fits into a square of this side. */
  readonly side: number;
  readonly encoder: EncoderOptions[PictureFormat];
}

/** What a process is told to do: so many renders, for so long at most. */
export interface RawSharpOrder {
  readonly task: RawSharpTask;
  readonly renders: number;
  readonly milliseconds: number;
}

/** The nice value of whatever renders. */
export const RENDER_PRIORITY = 10;

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const PROGRAM = join(import.meta.dir, "raw_sharp_process.ts");

/** The limit: as many processes as cores that do nothing but render from file to file. */
export class RawSharp implements AsyncDisposable {
  readonly #processes = Array.from({ length: availableParallelism() }, () => new RawSharpProcess());

  /** Renders as much as it can. Gives renders a second. */
  async throughput(task: RawSharpTask, seconds: number): Promise<number> {
    const times = await this.#order({ task, renders: NO_LIMIT, milliseconds: seconds * 1000 });
    return rateBetween(times.length, Math.min(...times), Math.max(...times));
  }

  /** Renders so often, in every process. */
  async render(task: RawSharpTask, count: number): Promise<void> {
    await this.#order({ task, renders: count, milliseconds: NO_LIMIT });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.stop()));
  }

  /** Gives when each render of all processes ended, in seconds. */
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
