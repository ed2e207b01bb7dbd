import { isProgImageError } from "../error.ts";
import type { Probe } from "../image/probe.ts";
import type { Limits } from "../limits.ts";
import { AbandonedRender } from "./abandoned_render.ts";
import { Pace } from "./pace.ts";
import { checkCost, checkMemory, freeMemory } from "./render_admission.ts";
import type { Rendered, Renderer, RenderJob, RenderOptions, TimedRendered } from "./renderer.ts";
import type { RenderTask } from "./render_message.ts";
import { RenderWorker, type RenderWorkerOptions, WorkerEndedError } from "./render_worker.ts";
import { SourceTrials } from "./source_trials.ts";
import { isToBlame, TroubleRecord } from "./trouble_record.ts";
import { cancelled, WaitingLine, type WaitOptions } from "./waiting_line.ts";

/** Options for {@linkcode ProcessPoolRenderer}. */
export interface ProcessPoolOptions {
  /** Modules whose default export is a plugin: URLs or absolute paths. */
  readonly plugins: readonly string[];
  readonly limits: Limits;
  /** Processes that render, and probe when there is nothing to render. */
  readonly renderProcesses: number;
  /** Processes that only probe, so that uploads do not wait behind renders. */
  readonly probeProcesses: number;
  /** Milliseconds of CPU time that a render may take. */
  readonly renderDeadline: number;
  /** Milliseconds of CPU time that a probe may take. */
  readonly probeDeadline: number;
  /** Jobs of a kind that may wait. */
  readonly queueLength: number;
  /** Milliseconds that a render may wait. One that would certainly have to wait longer is refused at once. */
  readonly renderPatience: number;
  /** Milliseconds that a render of many for one request may wait. */
  readonly bulkPatience: number;
  /** Milliseconds that a probe may wait: longer, as its bytes have travelled already. */
  readonly probePatience: number;
  /** Bytes of memory that may be resident in a process. */
  readonly memoryLimit: number;
  /** Bytes that several renders under way may take together, as predicted. @default without limit */
  readonly totalMemory?: number;
  /** Bytes that a single render may take, as predicted. @default the same */
  readonly largestMemory?: number;
  /** Tasks after which a process is replaced; 0 keeps it. */
  readonly retireAfter: number;
  /** Hears what went wrong with a process. */
  readonly onTrouble: (trouble: PoolTrouble) => void;
  /** Hears what processes print. @default it is dropped */
  readonly onOutput?: (output: PoolOutput) => void;
  /** Names whoever asks for the work that is asked for now, for troubles and output. */
  readonly callerOf?: () => string | undefined;
}

/** Words of a process. */
export interface PoolOutput {
  readonly text: string;
  readonly pid: number;
  /** Whoever asked for the task that it did, or did last. */
  readonly caller?: string;
}

/** Something that went wrong with a process. */
export interface PoolTrouble {
  readonly message: string;
  /** Omitted where there is none: it could not be started. */
  readonly pid?: number;
  /** The task at hand, if any. */
  readonly task?: RenderTask;
  /** Whoever asked for it. */
  readonly caller?: string;
}

type Role = "probe" | "render";

interface Member {
  readonly role: Role;
  readonly worker: RenderWorker;
  isReady: boolean;
  /** Is to be replaced as soon as it has nothing to do. */
  isSpoilt: boolean;
  /** Ready, and nobody has claimed it. */
  isFree: boolean;
  /** Does work that has to leave a process to lighter work. */
  isHeavy: boolean;
  /** Bytes that its work takes, as predicted. */
  memory: number;
  /** Whoever asked for its work, or for the last one. */
  caller: string | undefined;
}

const NEW_MEMBER = {
  isReady: false,
  isSpoilt: false,
  isFree: false,
  isHeavy: false,
  memory: 0,
  caller: undefined,
} as const satisfies Partial<Member>;

/** A task and what the line must know of it. */
interface Work {
  readonly role: Role;
  readonly task: RenderTask;
  /** Names the work: trouble is remembered by it. */
  readonly key: string;
  /** Names the source of a render: trouble is remembered by it that decoding alone has made. */
  readonly source?: string;
  /** Of which kind it is, for learning how long it takes. */
  readonly kind: string;
  readonly options: RenderOptions;
}

/** What takes longer must not occupy every process, or work of milliseconds would wait for it. */
const HEAVY_MILLISECONDS = 250;

const MEMORY_CHECK_MILLISECONDS = 100;
const RESTART_DELAY_MILLISECONDS = 1_000;

/** Renders in child processes, which are replaced when they end, take too long, grow too large or have done enough. */
export class ProcessPoolRenderer implements Renderer {
  readonly #options: ProcessPoolOptions;
  readonly #members = new Set<Member>();
  readonly #lines: Readonly<Record<Role, WaitingLine<Member>>>;
  readonly #trouble = new TroubleRecord();
  readonly #trials = new SourceTrials();
  readonly #pace = new Pace();
  /** Render processes that may do heavy work at a time: all but one, if there are several. */
  readonly #heavyPlaces: number;
  readonly #fingerprint = Promise.withResolvers<string>();
  readonly #memoryCheck: ReturnType<typeof setInterval>;
  readonly #started = new Set<Role>();
  #isClosed = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    const { queueLength: capacity, renderPatience, bulkPatience, probePatience } = options;
    const workers = options.renderProcesses;
    this.#heavyPlaces = Math.max(1, workers - 1);
    const places = { workers, heavyWorkers: this.#heavyPlaces };
    this.#lines = {
      render: new WaitingLine({ capacity, patience: renderPatience, bulkPatience, ...places }),
      probe: new WaitingLine({ capacity, patience: probePatience }),
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
    const { leastCost = 0, memory = 0 } = options;
    checkCost(leastCost, this.#options.renderDeadline);
    const { totalMemory = Infinity, largestMemory = totalMemory } = this.#options;
    checkMemory(memory, largestMemory);
    const task: RenderTask = { type: "render", job };
    const { key, source, format: kind } = job;
    const work = { role: "render", task, key, source, kind, options } as const;
    const { result, queue, took } = await this.#carryOut(work);
    return { ...(result as Rendered), queue, render: took };
  }

  fingerprint(): Promise<string> {
    return this.#fingerprint.promise;
  }

  /** Tells whether jobs of each kind have been possible since the start, and some are now: one that is being replaced does not count. */
  get isReady(): boolean {
    return this.#started.size === 2 && [...this.#members].some((member) => member.isReady);
  }

  /** The ids of the processes that render, for tests that end one. */
  get renderPids(): readonly number[] {
    return [...this.#members].filter(({ role }) => role === "render").map(({ worker }) => worker.pid);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#memoryCheck);
    const closed = new Error("Cannot process image as the server stops");
    this.#fingerprint.reject(closed);
    for (const line of Object.values(this.#lines)) line.dismiss(closed);
    const members = [...this.#members];
    for (const { worker } of members) worker.end("killed");
    await Promise.all(members.map(({ worker }) => worker.exited));
  }

  async #carryOut(work: Work) {
    const { role, task, key, source, kind, options } = work;
    const troubleKey = `${role}:${key}`;
    this.#trouble.check(troubleKey);
    if (source) this.#trouble.check(sourceKey(source));
    const predicted = options.cost ?? 0;
    const cost = this.#pace.expect(kind, predicted);
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
      this.#pace.learn(kind, predicted, took);
      return { result, queue: startedAt - askedAt, took };
    } catch (error) {
      if (isProgImageError(error) && error.code === "too_costly") this.#trouble.refuse(troubleKey, error);
      if (!(error instanceof WorkerEndedError)) throw error;
      this.#options.onTrouble({ message: error.message, pid: member.worker.pid, task, caller });
      if (error.reason === "abandoned") throw cancelled();
      if (isToBlame(error.reason)) void this.#trySource(work);
      throw this.#trouble.note(troubleKey, error.reason);
    } finally {
      this.#release(member);
    }
  }

  /** Gives a process that can begin, at once or after a wait. */
  async #engage(role: Role, options: WaitOptions): Promise<Member> {
    return this.#claim(role, options) ?? (await this.#lines[role].wait(options));
  }

  /** Ends a render that nobody waits for any more when others wait. */
  #watchWaiters({ worker }: Member, { role, options }: Work): AbandonedRender {
    const othersWait = () => Object.values(this.#lines).some((line) => line.length > 0);
    const signal = role === "render" ? options.signal : undefined;
    return new AbandonedRender({ signal, othersWait, onGivenUp: () => worker.end("abandoned") });
  }

  /** After a render has taken too much: refuses all of its source if decoding that alone takes too much as well. */
  async #trySource({ task, source }: Work): Promise<void> {
    if (task.type !== "render" || !source || this.#isClosed) return;
    const trial: RenderTask = { type: "probe", path: task.job.input };
    const isTooCostly = await this.#trials.isTooCostly(source, async () => {
      const cost = this.#options.renderDeadline;
      const member = await this.#engage("render", { priority: "bulk", cost, isHeavy: true });
      try {
        await member.worker.run(trial, cost);
      } catch (error) {
        this.#options.onTrouble({ message: (error as Error).message, pid: member.worker.pid, task: trial });
        throw error;
      } finally {
        this.#release(member);
      }
    });
    if (isTooCostly) this.#trouble.note(sourceKey(source), "cpu");
  }

  /** Claims a process that can begin at once, if there is one. */
  #claim(role: Role, { isHeavy = false, memory = 0 }: WaitOptions): Member | undefined {
    if ((isHeavy && !this.#hasHeavyPlace) || memory > this.#freeMemory) return;
    const free = [...this.#members].filter((member) => member.isFree);
    const member =
      free.find((candidate) => candidate.role === role) ?? (role === "probe" ? free[0] : undefined);
    if (member) Object.assign(member, { isFree: false, isHeavy, memory });
    return member;
  }

  #release(member: Member): void {
    Object.assign(member, { isHeavy: false, memory: 0 });
    const { retireAfter } = this.#options;
    const hasDoneEnough = retireAfter > 0 && member.worker.tasks >= retireAfter;
    // What a greedy task leaves behind must not bring down the next one.
    if (hasDoneEnough || member.isSpoilt || member.worker.hasGrown) member.worker.end("killed");
    else if (this.#members.has(member)) member.isFree = true;
    this.#dispatch();
  }

  /** Gives the processes that are free to those who wait. */
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

  #hire(role: Role): void {
    const worker = this.#startWorker({
      onSpoilt: (trace) => this.#spoil(member, trace),
      onOutput: (text) => this.#options.onOutput?.({ text, pid: member.worker.pid, caller: member.caller }),
      onExit: () => this.#replace(member),
    });
    if (!worker) return this.#hireLater(role);
    const member: Member = { ...NEW_MEMBER, role, worker };
    this.#members.add(member);
    worker.ready.then(
      (fingerprint) => {
        member.isReady = true;
        this.#started.add(role);
        this.#fingerprint.resolve(fingerprint);
        member.isFree = true;
        this.#dispatch();
      },
      (error: Error) => {
        if (this.#isClosed) return;
        this.#options.onTrouble({
          message: `Cannot start render process: ${error.message}`,
          pid: worker.pid,
        });
        worker.end("killed");
      },
    );
  }

  /** Starts a process, or says why the system refuses that, as it does while too many files are open. */
  #startWorker(events: Omit<RenderWorkerOptions, "memoryLimit" | "setUp">): RenderWorker | null {
    const { plugins, limits, memoryLimit, onTrouble } = this.#options;
    try {
      return new RenderWorker({ setUp: { type: "set-up", plugins, limits }, memoryLimit, ...events });
    } catch (error) {
      onTrouble({ message: `Cannot start render process: ${(error as Error).message}` });
      return null;
    }
  }

  #hireLater(role: Role): void {
    setTimeout(() => !this.#isClosed && this.#hire(role), RESTART_DELAY_MILLISECONDS);
  }

  #spoil(member: Member, trace: string): void {
    const message = `Cannot keep render process as something that a plugin left running failed: ${trace}`;
    this.#options.onTrouble({ message, pid: member.worker.pid });
    member.isSpoilt = true;
    if (!member.isFree) return;
    member.isFree = false;
    member.worker.end("killed");
  }

  /** At once after a task; with a pause if the process has never worked, or a broken plugin would keep us forking. */
  #replace(member: Member): void {
    const hadWorked = member.isReady || member.worker.tasks > 0;
    member.isFree = false;
    this.#members.delete(member);
    if (this.#isClosed) return;
    if (hadWorked) this.#hire(member.role);
    else this.#hireLater(member.role);
  }

  #checkMemory(): void {
    for (const { worker } of this.#members) {
      if (worker.isBusy) worker.checkMemory();
    }
  }
}

/** Names a source in the record of troubles. */
function sourceKey(source: string): string {
  return `source:${source}`;
}
