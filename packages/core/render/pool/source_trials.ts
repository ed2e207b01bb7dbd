import { isToBlame } from "./trouble_record.ts";
import { WorkerEndedError } from "./render_worker.ts";

/** Finds out whether decoding a source is too costly by itself, after a render of it was. One trial of a source at a time. */
export class SourceTrials {
  readonly #underWay = new Set<string>();

  /** Has the source decoded and nothing else. Returns whether that used up the CPU time or memory of a render. */
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
