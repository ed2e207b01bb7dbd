import { join } from "node:path";

/** How a process opens a queue: its module exports `openJobQueue(options)`, which returns the queue. */
export interface QueueDescriptor {
  /** An absolute path. */
  readonly module: string;
  /** Options that JSON can hold. */
  readonly options: unknown;
}

/** The work of a worker. */
export interface QueueWorkerTask {
  /** `work` processes one task after the other; `hold` keeps the first one until it gets a command. */
  readonly mode: "hold" | "work";
  /** The folder in which each finished task leaves a file. */
  readonly effects?: string;
}

/** A message of a worker. */
export interface WorkerLine {
  readonly what: string;
  /** The id of a task. */
  readonly id: string;
  /** When it arrived, by `performance.now()`. */
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

  /** Waits until the messages of the worker satisfy a condition. */
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

  /** Kills the process without warning. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
