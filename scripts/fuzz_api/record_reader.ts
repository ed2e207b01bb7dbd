import type { FuzzRecord, FuzzReport } from "./fuzz_report.ts";

/** Reads the new lines of a file of records. */
export class RecordReader {
  readonly #path: string;
  readonly #report: FuzzReport;
  #offset = 0;

  constructor(path: string, report: FuzzReport) {
    this.#path = path;
    this.#report = report;
  }

  /** Adds all complete lines to the report. */
  async read(): Promise<void> {
    const text = await Bun.file(this.#path).slice(this.#offset).text();
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    this.#offset += Buffer.byteLength(whole);
    for (const line of whole.split("\n").filter(Boolean)) this.#report.add(JSON.parse(line) as FuzzRecord);
  }
}
