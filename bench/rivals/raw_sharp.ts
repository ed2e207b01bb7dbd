import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { EncoderOptions } from "@progimage/core/plugin";
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

/** What a process is told to do. */
export type RawSharpOrder =
  | { readonly kind: "renders"; readonly task: RawSharpTask; readonly count: number }
  | { readonly kind: "milliseconds"; readonly task: RawSharpTask; readonly count: number };

const PROGRAM = join(import.meta.dir, "raw_sharp_process.ts");

/** The limit: as many processes as cores that do nothing but render from file to file. */
export class RawSharp implements AsyncDisposable {
  readonly #processes = Array.from({ length: availableParallelism() }, () => new RawSharpProcess());

  /** Renders as much as it can. Gives renders a second. */
  async throughput(task: RawSharpTask, seconds: number): Promise<number> {
    const order: RawSharpOrder = { kind: "milliseconds", task, count: seconds * 1000 };
    return (await this.#order(order)) / seconds;
  }

  /** Renders each input so often, in every process. */
  async render(task: RawSharpTask, count: number): Promise<void> {
    await this.#order({ kind: "renders", task, count });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.stop()));
  }

  /** Gives the renders that all processes have finished. */
  async #order(order: RawSharpOrder): Promise<number> {
    const counts = await Promise.all(this.#processes.map((each) => each.order(order)));
    return counts.reduce((sum, count) => sum + count, 0);
  }
}

class RawSharpProcess {
  #answer: PromiseWithResolvers<number> | null = null;
  readonly #child = Bun.spawn([process.execPath, "--no-orphans", PROGRAM], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (finished: number) => this.#answer?.resolve(finished),
    onExit: (_child, code) => this.#answer?.reject(new Error(`Cannot render with sharp: exit code ${code}`)),
  });

  async order(order: RawSharpOrder): Promise<number> {
    this.#answer = Promise.withResolvers<number>();
    this.#child.send(order);
    const finished = await this.#answer.promise;
    this.#answer = null;
    return finished;
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }
}
