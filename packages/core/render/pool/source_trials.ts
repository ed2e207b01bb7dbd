import { isToBlame } from "./failure_record.ts";
import { WorkerEndedError } from "./render_worker.ts";

/** Finds out, after a render has failed as too costly, whether decoding its source alone is. Runs one trial of a source at a time. */
export class SourceTrials {
  readonly #underWay = new Set<string>();

  /** Decodes the source. Returns whether that alone exceeded the CPU time or memory of a render. */
  async isTooCostly(source: string, decode: () => Promise<unknown>): Promise<boolean> {
    if (this.#underWay.has(source)) return false;
    this.#underWay.add(source);
    try {
      await decode();
      return false;
    } catch (error) {
      return error instanceof WorkerEndedError && isToBlame(error.reason);
    } finally {
      this.#underWay.delete(source);
    }
  }
}
