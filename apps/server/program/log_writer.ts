import { write, writeSync } from "node:fs";

/** Options for {@linkcode LogWriter}. */
export interface LogWriterOptions {
  /** The open file that takes the lines. @default {2} standard error */
  readonly descriptor?: number;
  /** Returns the line that says how many lines were lost. */
  readonly reportLost: (lost: LostLines) => string;
}

/** Lines that were not written, and of which the log does not tell yet. */
export interface LostLines {
  readonly count: number;
  /** A code of the system, such as `ENOSPC`; `full_queue` if the lines before were not taken in time. */
  readonly reason: string;
}

/** Lines are written together: one by one they would cost more than the answers that they tell of. */
const TOGETHER_CHARACTERS = 4_096;
const FLUSH_MILLISECONDS = 100;

/** Lines that wait while a pipe is not read or a disk is slow. Those beyond are lost. */
const MOST_CHARACTERS = 4 * 1_024 * 1_024;

/** After how long a log that lost lines is tried again although no line comes. */
const RETRY_MILLISECONDS = 1_000;

/** After how long a pipe of another program that takes nothing at the moment is tried again. */
const BUSY_MILLISECONDS = 50;

/** A write that takes longer than this may never end. */
const STUCK_MILLISECONDS = 50;

/** How long the end of a process waits for its last lines. */
const CLOSE_MILLISECONDS = 500;

/**
 * Writes lines of a log, in another thread and one write at a time. It never waits and never fails: lines that cannot be written are
 * counted, and one line tells their number once writing works again.
 */
export class LogWriter {
  readonly #descriptor: number;
  readonly #reportLost: LogWriterOptions["reportLost"];
  #waiting = "";
  #lost = 0;
  #reason = "";
  /** Whether the last write has failed: the lines that were lost come before those that wait, else after them. */
  #hasFailed = false;
  /** Whether the log ends in the middle of a line. */
  #isTorn = false;
  #isWriting = false;
  #begunAt = 0;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onIdle: (() => void) | null = null;

  constructor({ descriptor = 2, reportLost }: LogWriterOptions) {
    this.#descriptor = descriptor;
    this.#reportLost = reportLost;
    process.on("exit", () => this.#writeLast());
  }

  /** The lines that are lost at the moment; `null` if none are, or the log tells of them. */
  get lost(): LostLines | null {
    return this.#lost > 0 ? { count: this.#lost, reason: this.#reason } : null;
  }

  /** Takes a line, with its end. */
  write(line: string): void {
    if (this.#waiting.length + line.length > MOST_CHARACTERS) return this.#lose(1, "full_queue");
    this.#waiting += line;
    if (this.#waiting.length >= TOGETHER_CHARACTERS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MILLISECONDS);
  }

  /** Begins to write what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting || this.#isClosed || (this.#waiting === "" && this.#lost === 0)) return;
    const report = this.lost ? this.#reportLost(this.lost) : "";
    const before = (this.#isTorn ? "\n" : "") + (this.#hasFailed ? report : "");
    const bytes = Buffer.from(before + this.#waiting + (this.#hasFailed ? "" : report));
    const reportEnd = this.#hasFailed ? Buffer.byteLength(before) : bytes.length;
    this.#waiting = "";
    this.#isWriting = true;
    this.#begunAt = performance.now();
    this.#write({ bytes, written: 0, reportEnd, reported: this.#lost });
  }

  /** Resolves once all lines are written, or after half a second at most. Lines that come later are lost. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    this.flush();
    if (this.#isWriting) await Promise.race([promise, Bun.sleep(CLOSE_MILLISECONDS)]);
    this.#isClosed = true;
  }

  /** Writes a batch to its end. */
  #write(batch: Batch): void {
    const { bytes, written: offset, reportEnd } = batch;
    write(this.#descriptor, bytes, offset, bytes.length - offset, null, (error, count) => {
      if (!error) batch.written += count;
      if (batch.written >= reportEnd) {
        this.#lost -= batch.reported;
        batch.reported = 0;
      }
      if (error?.code === "EAGAIN") setTimeout(() => this.#write(batch), BUSY_MILLISECONDS);
      else if (!error && batch.written < bytes.length) this.#write(batch);
      else this.#end(batch, error);
    });
  }

  #end({ bytes, written, reported }: Batch, error: NodeJS.ErrnoException | null): void {
    this.#isWriting = false;
    this.#hasFailed = error !== null;
    if (written > 0) this.#isTorn = bytes[written - 1] !== LINE_FEED;
    if (error) {
      // Neither the line that tells of lost lines nor the end of a torn one is a lost line.
      const others = Number(reported > 0) + Number(bytes[written] === LINE_FEED);
      this.#lose(linesOf(bytes.subarray(written)) - others, error.code ?? error.name);
    }
    this.#goOn();
  }

  #lose(count: number, reason: string): void {
    this.#lost += count;
    this.#reason = reason;
  }

  #goOn(): void {
    if (this.#waiting.length >= TOGETHER_CHARACTERS || (this.#onIdle && this.#waiting !== "")) this.flush();
    else if (this.#waiting !== "") this.#timer ??= setTimeout(() => this.flush(), FLUSH_MILLISECONDS);
    else if (this.#lost > 0) this.#timer ??= setTimeout(() => this.flush(), RETRY_MILLISECONDS).unref();
    if (!this.#isWriting) this.#onIdle?.();
  }

  /** Writes what waits when the process ends by itself. A log that is stuck must not keep it from its end. */
  #writeLast(): void {
    if (this.#isClosed || this.#hasFailed || this.#waiting === "") return;
    if (this.#isWriting) {
      if (performance.now() - this.#begunAt > STUCK_MILLISECONDS) return;
      Bun.sleepSync(STUCK_MILLISECONDS);
    }
    try {
      writeSync(this.#descriptor, this.#waiting);
    } catch {
      // There is no place left to say so.
    }
  }
}

/** Lines that are being written. */
interface Batch {
  readonly bytes: Buffer;
  /** How many bytes are written. */
  written: number;
  /** Where the line about lost lines has ended. */
  readonly reportEnd: number;
  /** How many lost lines it tells of. */
  reported: number;
}

const LINE_FEED = 10;

function linesOf(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === LINE_FEED) count++;
  return count;
}
