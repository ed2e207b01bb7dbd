import { setImmediate } from "node:timers/promises";
import { isProgImageError } from "../../error.ts";
import type { Ports } from "../../ports.ts";
import { tenantPorts } from "../../tenant/tenant_ports.ts";
import { type BackOff, backOff } from "../../waiting/back_off.ts";
import { pause } from "../../waiting/pause.ts";
import { concludeJob } from "./conclude_job.ts";
import { expandJob } from "./expand_job.ts";
import type { Task } from "../queue/job_queue.ts";
import { JOB_PRIORITIES } from "../job.ts";
import { jobOfTask, type TaskKind, tenantOfLine } from "../queue/job_tasks.ts";
import { giveUpItems, runItems } from "./run_items.ts";
import { ItemRecorder } from "./item_recorder.ts";
import { JobConcurrency } from "./job_concurrency.ts";
import type { TaskHandler } from "../queue/task_handler.ts";

/** Options for {@linkcode JobRunner}. */
export interface JobRunnerOptions {
  /** Items processed concurrently; 0 runs no jobs in this process. */
  readonly itemsAtATime: number;
  /**
   * Milliseconds in which a task may begin items, counted from its first one. After that it returns to the queue, behind the tasks of other
   * jobs.
   *
   * @default {1_000}
   */
  readonly turnMs?: number;
  /** Handlers for further kinds of tasks, by kind. */
  readonly handlers?: Readonly<Record<string, TaskHandler>>;
  /** Called with each failure of a task. */
  readonly onFault: (fault: TaskFault) => void;
}

/** A failure of a task. */
export interface TaskFault {
  readonly message: string;
  readonly task?: Task;
  readonly err: unknown;
}

const LOWEST_PRIORITY = 0;

/** Attempts before a task is given up. */
const MAX_ATTEMPTS = 10;

/** Tasks that are held in addition to those whose items are processed. */
const SPARE_TASKS = 16;

/** Long enough to begin all small items of a task, short enough that slow items do not delay other jobs. */
const TURN_MILLISECONDS = 1_000;

const LONGEST_PAUSE_MILLISECONDS = 500;

/** The delays between polls of a queue without tasks. */
const IDLE: BackOff = { first: 50, longest: LONGEST_PAUSE_MILLISECONDS, factor: 1.5 };

/** The delays before a failed task comes back. */
const BACK_OFF: BackOff = { first: 1_000, longest: 60_000, jitter: 0.5 };

/** Runs the tasks of all tenants' jobs in this process until it is stopped, each with the ports of its tenant. */
export class JobRunner implements AsyncDisposable {
  readonly #ports: Ports;
  readonly #options: JobRunnerOptions;
  readonly #concurrency: JobConcurrency;
  readonly #recorder: ItemRecorder;
  readonly #stopping = new AbortController();
  /** Tasks in progress, with their priorities. */
  readonly #held = new Map<Promise<void>, number>();
  readonly #loop: Promise<void>;
  #isWoken = false;
  /** The lowest priority of the most recent poll of the queue. */
  #askedFrom = LOWEST_PRIORITY;
  /** When to poll next while there is enough work: other processes may have added tasks of higher priority. */
  #askAt = 0;
  /** Whether the most recent poll of the queue failed. */
  #isCutOff = false;
  #onWake = () => {};

  constructor(ports: Ports, options: JobRunnerOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#concurrency = new JobConcurrency(options.itemsAtATime, () => {
      const from = this.#roomFrom;
      if (from < this.#askedFrom) this.#askAgain();
      else if (from === LOWEST_PRIORITY) this.#wake();
    });
    this.#recorder = new ItemRecorder(ports);
    this.#loop = options.itemsAtATime > 0 ? this.#work() : Promise.resolve();
  }

  /** Begins no further work and returns tasks to the queue. Resolves when all work in progress has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("Cannot go on with jobs as this process stops"));
    this.#wake();
    await this.#loop;
    await Promise.all(this.#held.keys());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #work(): Promise<void> {
    const stopListening = this.#ports.queue.onAdded(() => this.#askAgain());
    let idlePolls = 0;
    while (!this.#stopping.signal.aborted) {
      const from = this.#roomFrom;
      const isDue = from === LOWEST_PRIORITY || performance.now() >= this.#askAt;
      const [task] = isDue ? await this.#take(from) : [];
      if (task) {
        idlePolls = 0;
        // More tasks of high priority may wait. A poll for all priorities would have returned those first.
        if (from > LOWEST_PRIORITY) this.#askAt = 0;
        await this.#hold(task);
        // Tasks that need no I/O, such as those for missing images, would otherwise block the event loop.
        await setImmediate();
      } else {
        const idle = backOff(++idlePolls, IDLE);
        await this.#rest(from === LOWEST_PRIORITY ? idle : this.#askAt - performance.now());
      }
    }
    stopListening();
  }

  /**
   * The lowest priority from which another task is taken. As many items wait as are processed at a time. So no place is idle, other
   * processes get their share, and tasks with a higher priority than all waiting ones are not delayed.
   */
  get #roomFrom(): number {
    const { itemsAtATime } = this.#options;
    for (const priority of JOB_PRIORITIES.keys()) {
      const held = [...this.#held.values()].filter((each) => each >= priority).length;
      if (this.#concurrency.waiting(priority) < itemsAtATime && held < itemsAtATime + SPARE_TASKS)
        return priority;
    }
    return Number.POSITIVE_INFINITY;
  }

  async #take(priority: number): Promise<readonly Task[]> {
    this.#askedFrom = priority;
    this.#askAt = performance.now() + LONGEST_PAUSE_MILLISECONDS;
    if (priority === Number.POSITIVE_INFINITY) return [];
    try {
      const tasks = await this.#ports.queue.take(1, { priority });
      this.#isCutOff = false;
      return tasks;
    } catch (err) {
      // Reported once per outage, as it may be long and the queue reports the details.
      if (!this.#isCutOff)
        this.#options.onFault({ message: "Cannot look for tasks: trying again until it works", err });
      this.#isCutOff = true;
      await pause(LONGEST_PAUSE_MILLISECONDS, this.#stopping.signal);
      return [];
    }
  }

  /** Waits until it is woken or the time has passed. Returns at once if it was woken since the last call. */
  async #rest(milliseconds: number): Promise<void> {
    const woken = new AbortController();
    this.#onWake = () => woken.abort();
    if (!this.#isWoken) await pause(milliseconds, woken.signal);
    this.#isWoken = false;
  }

  #askAgain(): void {
    this.#askAt = 0;
    this.#wake();
  }

  #wake(): void {
    this.#isWoken = true;
    this.#onWake();
  }

  /** Starts a task. Resolves when another task may start. */
  async #hold(task: Task): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const done = this.#carryOut(task, ready.resolve).finally(() => {
      this.#held.delete(done);
      this.#wake();
      ready.resolve();
    });
    this.#held.set(done, task.priority);
    if (task.kind === "items") await ready.promise;
  }

  async #carryOut(task: Task, onReady: () => void): Promise<void> {
    const { queue } = this.#ports;
    const lost = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, lost.signal]);
    const beating = setInterval(() => void this.#extend(task, lost), queue.heartbeat);
    try {
      const outcome = await this.#run(task, { signal, onReady }).then(
        (isTurnOver) => (isTurnOver ? "turn over" : "done"),
        (err: unknown) => ({ err }),
      );
      if (lost.signal.aborted) return;
      if (outcome === "done") await queue.complete(task);
      else if (outcome === "turn over") await queue.release(task, { isTurnOver: true });
      else if (this.#stopping.signal.aborted) await queue.release(task);
      else await this.#fail(task, outcome.err);
    } catch (err) {
      this.#options.onFault({ message: "Cannot record the outcome of a task: it is tried again", task, err });
    } finally {
      clearInterval(beating);
    }
  }

  async #extend(task: Task, lost: AbortController): Promise<void> {
    try {
      if (!(await this.#ports.queue.extend(task)))
        lost.abort(new Error("Cannot go on with task as it was lost"));
    } catch (err) {
      this.#options.onFault({ message: "Cannot extend the lease of a task: trying again", task, err });
    }
  }

  /** @returns whether the turn of the task ended before all of its items had begun */
  async #run(
    task: Task,
    { signal, onReady }: { readonly signal: AbortSignal; readonly onReady: () => void },
  ): Promise<boolean> {
    if (task.kind === "items" && task.attempt <= MAX_ATTEMPTS) {
      const { turnMs = TURN_MILLISECONDS } = this.#options;
      const onDefect = (err: unknown) =>
        this.#options.onFault({ message: "Cannot process an item because of a defect", task, err });
      const { concurrency, recorder } = { concurrency: this.#concurrency, recorder: this.#recorder };
      return await runItems(this.#portsOf(task), task, {
        concurrency,
        recorder,
        turnMs,
        signal,
        onReady,
        onDefect,
      });
    }
    await this.#runWhole(task, signal);
    return false;
  }

  async #runWhole(task: Task, signal: AbortSignal): Promise<void> {
    if (task.attempt > MAX_ATTEMPTS) return await this.#giveUp(task);
    if ((task.kind as TaskKind) === "expand") return await expandJob(this.#portsOf(task), task);
    const handler = this.#options.handlers?.[task.kind];
    if (!handler) throw new TypeError(`Cannot carry out task as its kind is unknown: it is ${task.kind}`);
    await handler(task, { signal });
  }

  async #fail(task: Task, err: unknown): Promise<void> {
    const isLast = task.attempt >= MAX_ATTEMPTS;
    const message = `Cannot carry out a task: ${isLast ? "it is not tried again" : "it is tried again"}`;
    this.#options.onFault({ message, task, err });
    if (!isLast) await this.#ports.queue.fail(task, { retryInMs: backOff(task.attempt, BACK_OFF) });
    else {
      await this.#giveUp(task, err);
      await this.#ports.queue.complete(task);
    }
  }

  /** Records the failure of a task that is given up. */
  async #giveUp(task: Task, err?: unknown): Promise<void> {
    const ports = this.#portsOf(task);
    if (task.kind === "items") return await giveUpItems(ports, task, this.#recorder);
    if (task.kind !== "expand") return;
    const problem = {
      code: isProgImageError(err) ? err.code : "internal",
      message: isProgImageError(err)
        ? err.message
        : "Cannot find the images of the job: each attempt has failed",
    } as const;
    const ended = await ports.jobs.end(jobOfTask(task), "failed", problem);
    if (ended) await concludeJob(ports, ended.job);
  }

  #portsOf({ line }: Task): Ports {
    return tenantPorts(this.#ports, tenantOfLine(line));
  }
}
