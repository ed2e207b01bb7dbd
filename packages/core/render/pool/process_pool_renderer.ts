import { isProgImageError } from "../../error.ts";
import type { Probe } from "../../image/probe.ts";
import { type BackOff, backOff } from "../../waiting/back_off.ts";
import { AbandonedRender } from "./abandoned_render.ts";
import { DurationEstimate } from "./duration_estimate.ts";
import type { PoolFault, ProcessPoolOptions } from "./process_pool_options.ts";
import { checkCost, checkMemory, freeMemory } from "./render_admission.ts";
import type { Rendered, Renderer, RenderJob, RenderOptions, TimedRendered } from "../renderer.ts";
import type { RenderTask } from "./render_message.ts";
import {
  PluginStartError,
  RenderWorker,
  type RenderWorkerOptions,
  WorkerEndedError,
} from "./render_worker.ts";
import { SourceTrials } from "./source_trials.ts";
import { StartRate } from "./start_rate.ts";
import { suspicionOf, wasDecoded } from "./suspicion.ts";
import { isToBlame, FailureRecord } from "./failure_record.ts";
import { cancelled, WaitingLine, type WaitOptions } from "./waiting_line.ts";

type Role = "probe" | "render";

interface Member {
  readonly role: Role;
  readonly worker: RenderWorker;
  isReady: boolean;
  /** Whether it is replaced as soon as it is idle. */
  isSpoilt: boolean;
  /** Whether it was ended because it has done enough tasks. */
  isRetired: boolean;
  /** Whether the reason for its end has been reported. */
  isExplained: boolean;
  /** Whether it is ready and not claimed. */
  isFree: boolean;
  /** Whether its work must leave a process to lighter work. */
  isHeavy: boolean;
  /** Bytes that its work takes, as predicted. */
  memory: number;
  /** The caller of its current work, or of its most recent one. */
  caller: string | undefined;
}

const NEW_MEMBER = {
  isReady: false,
  isSpoilt: false,
  isRetired: false,
  isExplained: false,
  isFree: false,
  isHeavy: false,
  memory: 0,
  caller: undefined,
} as const satisfies Partial<Member>;

/** A task and its properties for the queue. */
interface Work {
  readonly role: Role;
  readonly task: RenderTask;
  /** Identifies the work in the record of failures. */
  readonly key: string;
  /** Identifies the source of a render in the record of failures that decoding alone causes. */
  readonly source?: string;
  /** The kind of work, by which durations are learned. */
  readonly kind: string;
  readonly options: RenderOptions;
}

/** Longer work must not occupy every process, or work of a few milliseconds would wait for it. */
const HEAVY_MILLISECONDS = 250;

const MEMORY_CHECK_MILLISECONDS = 100;

/** The delays after starts that failed in a row. */
const FAILED_STARTS: BackOff = { first: 1_000, longest: 30_000 };

/** How often each process may be replaced in a row without a pause. */
const REPLACED_AT_ONCE = 2;

/** Renders in child processes. A process is replaced when it ends, takes too long, uses too much memory or has done enough tasks. */
export class ProcessPoolRenderer implements Renderer {
  readonly #options: ProcessPoolOptions;
  readonly #members = new Set<Member>();
  readonly #lines: Readonly<Record<Role, WaitingLine<Member>>>;
  readonly #failures = new FailureRecord();
  readonly #trials = new SourceTrials();
  readonly #durations = new DurationEstimate();
  readonly #starts: StartRate;
  /** How many render processes may do heavy work at a time: all but one, if there are several. */
  readonly #heavyPlaces: number;
  readonly #fingerprint = Promise.withResolvers<string>();
  /** Settles when the first process is ready or a plugin fails to load. */
  #start: PromiseWithResolvers<void> | null = null;
  readonly #memoryCheck: ReturnType<typeof setInterval>;
  readonly #started = new Set<Role>();
  #isClosed = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    const { queueLength: capacity, renderQueueTimeout, bulkQueueTimeout, probeQueueTimeout } = options;
    const workers = options.renderProcesses;
    this.#starts = new StartRate(REPLACED_AT_ONCE * (workers + options.probeProcesses));
    this.#heavyPlaces = Math.max(1, workers - 1);
    const places = { workers, heavyWorkers: this.#heavyPlaces };
    this.#lines = {
      render: new WaitingLine({ capacity, queueTimeout: renderQueueTimeout, bulkQueueTimeout, ...places }),
      probe: new WaitingLine({ capacity, queueTimeout: probeQueueTimeout }),
    };
    this.#fingerprint.promise.catch(() => {});
    for (let count = 0; count < options.renderProcesses; count++) this.#hire("render");
    for (let count = 0; count < options.probeProcesses; count++) this.#hire("probe");
    this.#memoryCheck = setInterval(() => this.#checkMemory(), MEMORY_CHECK_MILLISECONDS);
    this.#memoryCheck.unref();
  }

  async probe(path: string, options: RenderOptions & { readonly key?: string } = {}): Promise<Probe> {
    const task: RenderTask = { type: "probe", path };
    const work = { role: "probe", task, key: options.key ?? path, kind: "probe", options } as const;
    return (await this.#carryOut(work)).result as Probe;
  }

  async render(job: RenderJob, options: RenderOptions = {}): Promise<TimedRendered> {
    const { leastCost = 0, memory: predicted = 0 } = options;
    checkCost(leastCost, this.#options.renderDeadline);
    const { totalMemory = Infinity, largestMemory = totalMemory } = this.#options;
    // Of a page that no probe has decoded, the prediction is only the most that it may take: such a render then runs alone.
    const memory = job.isUnprobed ? Math.min(predicted, largestMemory) : predicted;
    checkMemory(memory, largestMemory);
    const task: RenderTask = { type: "render", job };
    const { key, source, format: kind } = job;
    const work = { role: "render", task, key, source, kind, options: { ...options, memory } } as const;
    const { result, queue, took } = await this.#carryOut(work);
    return { ...(result as Rendered), queue, render: took };
  }

  fingerprint(): Promise<string> {
    return this.#fingerprint.promise;
  }

  /**
   * Resolves when a process is ready. While it is pending, failures of plugins to load are reported by its rejection alone.
   *
   * @throws {PluginStartError} naming the plugin
   */
  async whenStarted(): Promise<void> {
    if (this.#started.size > 0) return;
    this.#start ??= Promise.withResolvers();
    await this.#start.promise;
  }

  /** Whether both renders and probes have been possible since the start, and at least one process is ready now. */
  get isReady(): boolean {
    return this.#started.size === 2 && [...this.#members].some((member) => member.isReady);
  }

  /** The ids of the render processes, for tests that end one. */
  get renderPids(): readonly number[] {
    return [...this.#members].filter(({ role }) => role === "render").map(({ worker }) => worker.pid);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#memoryCheck);
    const closed = new Error("Cannot process image as the server stops");
    this.#fingerprint.reject(closed);
    this.#start?.reject(closed);
    for (const line of Object.values(this.#lines)) line.dismiss(closed);
    const members = [...this.#members];
    for (const { worker } of members) worker.end("killed");
    await Promise.all(members.map(({ worker }) => worker.exited));
  }

  async #carryOut(work: Work) {
    const { role, task, key, source, kind, options } = work;
    const workKey = `${role}:${key}`;
    this.#failures.check(workKey);
    if (source) this.#failures.check(sourceKey(source));
    const predicted = options.cost ?? 0;
    const cost = this.#durations.expect(kind, predicted);
    const isHeavy = role === "render" && (cost > HEAVY_MILLISECONDS || options.priority === "bulk");
    const caller = this.#options.callerOf?.();
    const askedAt = performance.now();
    const member = await this.#engage(role, { ...options, cost, isHeavy });
    member.caller = caller;
    const startedAt = performance.now();
    const { renderDeadline, probeDeadline } = this.#options;
    options.onStart?.();
    try {
      using _abandoned = this.#watchWaiters(member, work);
      const result = await member.worker.run(task, role === "probe" ? probeDeadline : renderDeadline);
      const took = performance.now() - startedAt;
      if (role === "probe" || wasDecoded(task)) this.#durations.learn(kind, predicted, took);
      return { result, queue: startedAt - askedAt, took };
    } catch (error) {
      if (isProgImageError(error) && error.code === "too_costly") this.#failures.refuse(workKey, error);
      if (!(error instanceof WorkerEndedError)) {
        member.worker.suspicion ??= suspicionOf(task, error);
        this.#moveBehind(member);
        throw error;
      }
      this.#explain(member, { message: error.message, task });
      if (error.reason === "abandoned") throw cancelled();
      if (isToBlame(error.reason)) void this.#trySource(work);
      throw this.#failures.note(workKey, error.reason);
    } finally {
      this.#release(member, task);
    }
  }

  /** Returns a process that can begin, immediately or after a wait. */
  async #engage(role: Role, options: WaitOptions): Promise<Member> {
    return this.#claim(role, options) ?? (await this.#lines[role].wait(options));
  }

  /** Ends an abandoned render when others wait. */
  #watchWaiters({ worker }: Member, { role, options }: Work): AbandonedRender {
    const othersWait = () => Object.values(this.#lines).some((line) => line.length > 0);
    const signal = role === "render" ? options.signal : undefined;
    return new AbandonedRender({ signal, othersWait, onGivenUp: () => worker.end("abandoned") });
  }

  /** Called after a render has taken too much: rejects all renders of its source if decoding alone also takes too much. */
  async #trySource({ task, source }: Work): Promise<void> {
    if (task.type !== "render" || !source || this.#isClosed) return;
    const trial: RenderTask = { type: "probe", path: task.job.input };
    const isTooCostly = await this.#trials.isTooCostly(source, async () => {
      const cost = this.#options.renderDeadline;
      const member = await this.#engage("render", { priority: "bulk", cost, isHeavy: true });
      try {
        await member.worker.run(trial, cost);
      } catch (error) {
        if (error instanceof WorkerEndedError) this.#explain(member, { message: error.message, task: trial });
        throw error;
      } finally {
        this.#release(member, trial);
      }
    });
    if (isTooCostly) this.#failures.note(sourceKey(source), "cpu");
  }

  /** Claims a process that can begin immediately, if there is one. Prefers processes without a suspicion. */
  #claim(role: Role, { isHeavy = false, memory = 0 }: WaitOptions): Member | undefined {
    if ((isHeavy && !this.#hasHeavyPlace) || memory > this.#freeMemory) return;
    const free = [...this.#members].filter((member) => member.isFree);
    const candidates = [...free.filter(({ worker }) => worker.suspicion === null), ...free];
    const member =
      candidates.find((candidate) => candidate.role === role) ??
      (role === "probe" ? candidates[0] : undefined);
    if (member) Object.assign(member, { isFree: false, isHeavy, memory });
    return member;
  }

  #release(member: Member, task: RenderTask): void {
    Object.assign(member, { isHeavy: false, memory: 0 });
    const end = this.#reasonToEnd(member);
    if (end) {
      const { reason, isRoutine } = end;
      member.isRetired = isRoutine;
      this.#explain(member, { message: `A render process is replaced as ${reason}`, task, isRoutine });
      member.worker.end("killed");
    } else if (this.#members.has(member)) member.isFree = true;
    this.#dispatch();
  }

  /**
   * Moves a process behind the others, so that one that fails fast does not attract all work. After a success it stays: its caches are
   * warm.
   */
  #moveBehind(member: Member): void {
    if (this.#members.delete(member)) this.#members.add(member);
  }

  /** Returns why a process must not do another task, or `null`. A suspect process continues while too many were replaced recently. */
  #reasonToEnd({
    isSpoilt,
    worker,
  }: Member): { readonly reason: string; readonly isRoutine: boolean } | null {
    const { retireAfter } = this.#options;
    if (isSpoilt) return { reason: "it is not to be trusted", isRoutine: false };
    if (worker.suspicion !== null && this.#starts.isAtOnce)
      return { reason: worker.suspicion, isRoutine: false };
    if (retireAfter > 0 && worker.tasks >= retireAfter)
      return { reason: `it has done ${worker.tasks} tasks`, isRoutine: true };
    // Memory that an expensive task leaves behind must not make the next task fail.
    return worker.hasGrown ? { reason: "it holds much memory", isRoutine: true } : null;
  }

  /** Gives the free processes to the waiting tasks. */
  #dispatch(): void {
    for (const member of this.#members) {
      if (!member.isFree) continue;
      const turn = this.#offer(member);
      if (turn) Object.assign(member, { isFree: false, ...turn });
    }
  }

  #offer(member: Member) {
    const { render, probe } = this.#lines;
    const room = { hasHeavyPlace: this.#hasHeavyPlace, freeMemory: this.#freeMemory };
    return (member.role === "render" && render.admit(member, room)) || probe.admit(member);
  }

  get #freeMemory(): number {
    return freeMemory(this.#options.totalMemory ?? Infinity, this.#members);
  }

  get #hasHeavyPlace(): boolean {
    return [...this.#members].filter((member) => member.isHeavy).length < this.#heavyPlaces;
  }

  /** @param failures How many starts in a row have failed before. */
  #hire(role: Role, failures = 0): void {
    const worker = this.#startWorker({
      onSpoilt: (reason) => this.#spoil(member, reason),
      onOutput: (text) => this.#options.onOutput?.({ text, pid: member.worker.pid, caller: member.caller }),
      onExit: () => this.#replace(member, failures),
    });
    if (!worker) return this.#hireLater(role, failures + 1);
    const member: Member = { ...NEW_MEMBER, role, worker };
    this.#members.add(member);
    worker.ready.then(
      (fingerprint) => {
        member.isReady = true;
        this.#started.add(role);
        this.#fingerprint.resolve(fingerprint);
        this.#start?.resolve();
        this.#start = null;
        member.isFree = true;
        this.#dispatch();
      },
      (error: Error) => {
        if (this.#start && error instanceof PluginStartError) this.#start.reject(error);
        else this.#explain(member, { message: `Cannot start render process: ${error.message}` });
        worker.end("killed");
      },
    );
  }

  /** Starts a process. Reports the reason if the system refuses, for example while too many files are open. */
  #startWorker(events: Omit<RenderWorkerOptions, "memoryLimit" | "setUp" | "wrapper">): RenderWorker | null {
    const { plugins, pluginVariables = {}, arePluginsTrusted = false } = this.#options;
    const { limits, memoryLimit, onFault, wrapper = [] } = this.#options;
    const { shrinkOnLoad = "good", fontFolder = "" } = this.#options;
    try {
      const setUp = { plugins, pluginVariables, arePluginsTrusted, limits, shrinkOnLoad, fontFolder };
      return new RenderWorker({ setUp, memoryLimit, wrapper, ...events });
    } catch (error) {
      onFault({ message: `Cannot start render process: ${(error as Error).message}` });
      return null;
    }
  }

  #hireLater(role: Role, failures: number, pause = backOff(failures, FAILED_STARTS)): void {
    setTimeout(() => !this.#isClosed && this.#hire(role, failures), pause);
  }

  #spoil(member: Member, reason: string): void {
    this.#explain(member, { message: `A render process is replaced as ${reason}` });
    member.isSpoilt = true;
    if (member.isReady && !member.isFree) return;
    member.isFree = false;
    member.worker.end("killed");
  }

  /** Reports once why a process ends. */
  #explain(member: Member, fault: PoolFault): void {
    if (member.isExplained || this.#isClosed) return;
    member.isExplained = true;
    const caller = fault.task && member.caller;
    this.#options.onFault({ pid: member.worker.pid, caller, ...fault });
  }

  /**
   * Replaces a process, usually immediately. Pauses first if it has never worked, so that a broken plugin does not cause endless restarts.
   */
  #replace(member: Member, failures: number): void {
    const hadWorked = member.isReady || member.worker.tasks > 0;
    // An end before the process is ready or during a task is reported elsewhere.
    if (member.isReady && !member.worker.isBusy)
      this.#explain(member, { message: `A render process ended while it was idle: ${member.worker.ending}` });
    member.isFree = false;
    this.#members.delete(member);
    if (this.#isClosed) return;
    if (!hadWorked) return this.#hireLater(member.role, failures + 1);
    const pause = member.isRetired ? 0 : this.#starts.take();
    if (pause === 0) this.#hire(member.role);
    else this.#hireLater(member.role, 0, pause);
  }

  #checkMemory(): void {
    for (const { worker } of this.#members) {
      if (worker.isBusy) worker.checkMemory();
    }
  }
}

/** Returns the key of a source in the record of failures. */
function sourceKey(source: string): string {
  return `source:${source}`;
}
