import { setImmediate } from "node:timers/promises";
import { isProgImageError } from "../error.ts";
import type { Ports } from "../ports.ts";
import { concludeJob } from "./conclude_job.ts";
import { expandJob } from "./expand_job.ts";
import type { Task } from "./job_queue.ts";
import { jobOfTask, type TaskKind } from "./job_tasks.ts";
import { pause } from "./pause.ts";
import { giveUpItems, runItems } from "./run_items.ts";
import { Settler } from "./settler.ts";
import { Slots } from "./slots.ts";
import type { TaskHandler } from "./task_handler.ts";

/** Options for {@linkcode JobRunner}. */
export interface JobRunnerOptions {
  /** Items that are processed at a time; 0 runs no jobs in this process. */
  readonly itemsAtATime: number;
  /** Carries out tasks of kinds that are not of this package. */
  readonly handlers?: Readonly<Record<string, TaskHandler>>;
  /** Hears what went wrong with a task. */
  readonly onTrouble: (trouble: TaskTrouble) => void;
}

/** Something that went wrong with a task. */
export interface TaskTrouble {
  readonly message: string;
  readonly task?: Task;
  readonly err: unknown;
}

/** How often a task is tried before it is given up. */
const MAX_ATTEMPTS = 10;

/** Tasks that are held besides those whose items are processed. */
const SPARE_TASKS = 16;

const FIRST_PAUSE_MILLISECONDS = 50;
const LONGEST_PAUSE_MILLISECONDS = 500;
const LONGEST_BACK_OFF_MILLISECONDS = 60_000;

/** Carries out the tasks of jobs in this process, as long as it is not stopped. */
export class JobRunner implements AsyncDisposable {
  readonly #ports: Ports;
  readonly #options: JobRunnerOptions;
  readonly #slots: Slots;
  readonly #settler: Settler;
  readonly #stopping = new AbortController();
  readonly #held = new Set<Promise<void>>();
  readonly #loop: Promise<void>;
  #isWoken = false;
  /** The queue has failed to answer, and not yet answered again. */
  #isCutOff = false;
  #onWake = () => {};

  constructor(ports: Ports, options: JobRunnerOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#slots = new Slots(options.itemsAtATime, () => {
      if (this.#hasRoom) this.#wake();
    });
    this.#settler = new Settler(ports);
    this.#loop = options.itemsAtATime > 0 ? this.#work() : Promise.resolve();
  }

  /** Begins nothing further and gives tasks back. Resolves when what was under way has come to its end. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("Cannot go on with jobs as this process stops"));
    this.#wake();
    await this.#loop;
    await Promise.all(this.#held);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #work(): Promise<void> {
    const stopListening = this.#ports.queue.onAdded(() => this.#wake());
    let idle = FIRST_PAUSE_MILLISECONDS;
    while (!this.#stopping.signal.aborted) {
      const [task] = this.#hasRoom ? await this.#take() : [];
      if (task) {
        idle = FIRST_PAUSE_MILLISECONDS;
        await this.#hold(task);
        // Where all is at hand, such as that images are missing, tasks would follow each other without a moment for requests.
        await setImmediate();
      } else {
        await this.#rest(idle);
        idle = this.#hasRoom ? Math.min(LONGEST_PAUSE_MILLISECONDS, idle * 1.5) : FIRST_PAUSE_MILLISECONDS;
      }
    }
    stopListening();
  }

  /** As many items wait as are processed at a time: so no slot is ever idle, and other processes have their part. */
  get #hasRoom(): boolean {
    const { itemsAtATime } = this.#options;
    return this.#slots.waiting < itemsAtATime && this.#held.size < itemsAtATime + SPARE_TASKS;
  }

  async #take(): Promise<readonly Task[]> {
    try {
      const tasks = await this.#ports.queue.take(1);
      this.#isCutOff = false;
      return tasks;
    } catch (err) {
      // Once: it may take long, and whoever keeps the queue says the rest.
      if (!this.#isCutOff)
        this.#options.onTrouble({ message: "Cannot look for tasks: trying again until it works", err });
      this.#isCutOff = true;
      await pause(LONGEST_PAUSE_MILLISECONDS, this.#stopping.signal);
      return [];
    }
  }

  /** Waits until there may be something to do, unless that has been said since the last time. */
  async #rest(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#onWake = resolve;
    if (!this.#isWoken) await promise;
    this.#isWoken = false;
    clearTimeout(timer);
  }

  #wake(): void {
    this.#isWoken = true;
    this.#onWake();
  }

  /** Begins a task. Resolves when another may begin as well. */
  async #hold(task: Task): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const done = this.#carryOut(task, ready.resolve).finally(() => {
      this.#held.delete(done);
      this.#wake();
      ready.resolve();
    });
    this.#held.add(done);
    if (task.kind === "items") await ready.promise;
  }

  async #carryOut(task: Task, onReady: () => void): Promise<void> {
    const { queue } = this.#ports;
    const lost = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, lost.signal]);
    const beating = setInterval(() => void this.#extend(task, lost), queue.heartbeat);
    try {
      const outcome = await this.#run(task, { signal, onReady }).then(
        () => null,
        (err: unknown) => ({ err }),
      );
      if (lost.signal.aborted) return;
      if (!outcome) await queue.complete(task);
      else if (this.#stopping.signal.aborted) await queue.release(task);
      else await this.#fail(task, outcome.err);
    } catch (err) {
      this.#options.onTrouble({ message: "Cannot say what became of a task: it comes back", task, err });
    } finally {
      clearInterval(beating);
    }
  }

  async #extend(task: Task, lost: AbortController): Promise<void> {
    try {
      if (!(await this.#ports.queue.extend(task)))
        lost.abort(new Error("Cannot go on with task as it was lost"));
    } catch (err) {
      this.#options.onTrouble({ message: "Cannot extend the lease of a task: trying again", task, err });
    }
  }

  async #run(task: Task, { signal, onReady }: { signal: AbortSignal; onReady: () => void }): Promise<void> {
    if (task.attempt > MAX_ATTEMPTS) return await this.#giveUp(task);
    const onDefect = (err: unknown) =>
      this.#options.onTrouble({ message: "Cannot process an item because of a defect", task, err });
    switch (task.kind as TaskKind) {
      case "expand":
        return await expandJob(this.#ports, task);
      case "items": {
        const { slots, settler } = { slots: this.#slots, settler: this.#settler };
        return await runItems(this.#ports, task, { slots, settler, signal, onReady, onDefect });
      }
      default: {
        const handler = this.#options.handlers?.[task.kind];
        if (!handler) throw new TypeError(`Cannot carry out task: nobody knows its kind ${task.kind}`);
        return await handler(task, { signal });
      }
    }
  }

  async #fail(task: Task, err: unknown): Promise<void> {
    const isLast = task.attempt >= MAX_ATTEMPTS;
    const message = `Cannot carry out a task: ${isLast ? "it is given up" : "it comes back"}`;
    this.#options.onTrouble({ message, task, err });
    if (!isLast) await this.#ports.queue.fail(task, { retryInMs: backOff(task.attempt) });
    else {
      await this.#giveUp(task, err);
      await this.#ports.queue.complete(task);
    }
  }

  /** Says in the records of the job what will not be done. */
  async #giveUp(task: Task, err?: unknown): Promise<void> {
    if (task.kind === "items") return await giveUpItems(this.#ports, task, this.#settler);
    if (task.kind !== "expand") return;
    const problem = {
      code: isProgImageError(err) ? err.code : "internal",
      message: isProgImageError(err)
        ? err.message
        : "Cannot find the images of the job: each attempt has failed",
    } as const;
    const ended = await this.#ports.jobs.end(jobOfTask(task), "failed", problem);
    if (ended) await concludeJob(this.#ports, ended.job);
  }
}

/** Longer each time, and never the same for all. */
function backOff(attempt: number): number {
  return Math.min(LONGEST_BACK_OFF_MILLISECONDS, 1_000 * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}
