import { join } from "node:path";

/** How a process opens a queue: its module exports `openJobQueue(options)`, which gives the queue. */
export interface QueueDescriptor {
  /** An absolute path. */
  readonly module: string;
  /** What JSON can hold. */
  readonly options: unknown;
}

/** What a worker does. */
export interface QueueWorkerTask {
  /** Works on one task after the other, or holds the first one until it is told what to do. */
  readonly mode: "hold" | "work";
  /** The folder in which each task leaves a file when it is carried out. */
  readonly effects?: string;
}

/** Something that a worker has said. */
export interface WorkerLine {
  readonly what: string;
  /** The id of a task. */
  readonly id: string;
  /** When it was heard, by `performance.now()`. */
  readonly at: number;
}

const PROGRAM = join(import.meta.dir, "testing_queue_program.ts");

/** A process that works on the tasks of a queue. */
export class QueueWorker implements AsyncDisposable {
  readonly lines: WorkerLine[] = [];
  readonly #child;
  readonly #listeners = new Set<() => void>();

  constructor(descriptor: QueueDescriptor, task: QueueWorkerTask) {
    this.#child = Bun.spawn(
      [process.execPath, "--no-orphans", PROGRAM, JSON.stringify({ ...descriptor, ...task })],
      {
        ipc: (line: Omit<WorkerLine, "at">) => {
          this.lines.push({ ...line, at: performance.now() });
          for (const listener of this.#listeners) listener();
        },
        serialization: "json",
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
  }

  /** Waits until what the worker has said is enough. */
  async said(isEnough: (lines: readonly WorkerLine[]) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (isEnough(this.lines)) resolve();
    };
    this.#listeners.add(look);
    look();
    await promise;
    this.#listeners.delete(look);
  }

  tell(command: "finish" | "stall"): void {
    this.#child.send(command);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
