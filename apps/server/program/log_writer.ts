import { write, writeSync } from "node:fs";

/** Options for {@linkcode LogWriter}. */
export interface LogWriterOptions {
  /** The file descriptor for the lines. @default {2} standard error */
  readonly descriptor?: number;
  /** Returns the line that reports how many lines were lost. */
  readonly reportLost: (lost: LostLines) => string;
}

/** Lines that were not written, and that the log has not reported yet. */
export interface LostLines {
  readonly count: number;
  /** A code of the system, such as `ENOSPC`; `full_queue` if earlier lines were not written in time. */
  readonly reason: string;
}

/** Lines are written in batches: one write for each would cost more than the request that it logs. */
const TOGETHER_CHARACTERS = 4_096;
const FLUSH_MILLISECONDS = 100;

/** Maximum size of the queue while a pipe is not read or a disk is slow. Lines beyond it are lost. */
const MOST_CHARACTERS = 4 * 1_024 * 1_024;

/** Time until a log that lost lines is retried although no line comes. */
const RETRY_MILLISECONDS = 1_000;

/** Time until a busy pipe to another program is retried. */
const BUSY_MILLISECONDS = 50;

/** A write that takes longer than this may never end. */
const STUCK_MILLISECONDS = 50;

/** How long the end of a process waits for its last lines. */
const CLOSE_MILLISECONDS = 500;

/**
 * Writes log lines in another thread, one write at a time. It never waits and never fails: lines that cannot be written are counted,
 * and one line reports their number once writing works again.
 */
export class LogWriter {
  readonly #descriptor: number;
  readonly #reportLost: LogWriterOptions["reportLost"];
  #waiting = "";
  #lost = 0;
  #reason = "";
  /** Whether the last write has failed. If so, the lost lines precede the waiting ones; else they follow them. */
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

  /** The lines that are currently lost; `null` if there are none, or the log has reported them. */
  get lost(): LostLines | null {
    return this.#lost > 0 ? { count: this.#lost, reason: this.#reason } : null;
  }

  /** Queues a line, which includes its line feed. */
  write(line: string): void {
    if (this.#waiting.length + line.length > MOST_CHARACTERS) return this.#lose(1, "full_queue");
    this.#waiting += line;
    if (this.#waiting.length >= TOGETHER_CHARACTERS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MILLISECONDS);
  }

  /** Begins to write the queue. */
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

  /** Resolves once all lines are written, or after half a second. Later lines are lost. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    this.flush();
    if (this.#isWriting) await Promise.race([promise, Bun.sleep(CLOSE_MILLISECONDS)]);
    this.#isClosed = true;
  }

  /** Writes a batch completely. */
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
      // The report about lost lines and the rest of a torn line do not count as lost lines.
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

  /** Writes the queue when the process exits by itself. A log that is stuck must not delay that. */
  #writeLast(): void {
    if (this.#isClosed || this.#hasFailed || this.#waiting === "") return;
    if (this.#isWriting) {
      if (performance.now() - this.#begunAt > STUCK_MILLISECONDS) return;
      Bun.sleepSync(STUCK_MILLISECONDS);
    }
    try {
      writeSync(this.#descriptor, this.#waiting);
    } catch {
      // There is no place left to report it.
    }
  }
}

/** Lines that are being written together. */
interface Batch {
  readonly bytes: Buffer;
  /** The number of bytes written so far. */
  written: number;
  /** The offset where the report about lost lines ends. */
  readonly reportEnd: number;
  /** The number of lost lines that it reports. */
  reported: number;
}

const LINE_FEED = 10;

function linesOf(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === LINE_FEED) count++;
  return count;
}
