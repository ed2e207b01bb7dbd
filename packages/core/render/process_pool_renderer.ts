import type { Probe } from "../image/probe.ts";
import type { Limits } from "../limits.ts";
import { Pace } from "./pace.ts";
import type { Rendered, Renderer, RenderJob, RenderOptions, TimedRendered } from "./renderer.ts";
import type { RenderTask } from "./render_message.ts";
import {
  PluginStartError,
  RenderWorker,
  type RenderWorkerOptions,
  WorkerEndedError,
} from "./render_worker.ts";
import { pauseAfterFailures, StartPace } from "./start_pace.ts";
import { suspicionOf } from "./suspicion.ts";
import { TroubleRecord } from "./trouble_record.ts";
import { WaitingLine } from "./waiting_line.ts";

/** Options for {@linkcode ProcessPoolRenderer}. */
export interface ProcessPoolOptions {
  /** Modules whose default export is a plugin: URLs or absolute paths. */
  readonly plugins: readonly string[];
  readonly limits: Limits;
  /** Processes that render, and probe when there is nothing to render. */
  readonly renderProcesses: number;
  /** Processes that only probe, so that uploads do not wait behind renders. */
  readonly probeProcesses: number;
  /** Milliseconds that a render may take. */
  readonly renderDeadline: number;
  /** Milliseconds that a probe may take. */
  readonly probeDeadline: number;
  /** Jobs of a kind that may wait. */
  readonly queueLength: number;
  /** Milliseconds that a render may wait. One that would certainly have to wait longer is refused at once. */
  readonly renderPatience: number;
  /** Milliseconds that a render of many for one request may wait. */
  readonly bulkPatience: number;
  /** Milliseconds that a probe may wait: longer, as its bytes have travelled already. */
  readonly probePatience: number;
  /** Bytes of memory that a process may use. */
  readonly memoryLimit: number;
  /** Tasks after which a process is replaced; 0 keeps it. */
  readonly retireAfter: number;
  /** Hears what went wrong with a process. */
  readonly onTrouble: (trouble: PoolTrouble) => void;
}

/** Why a process did not do its work, or is replaced: one for each that ends. */
export interface PoolTrouble {
  readonly message: string;
  /** Omitted where there is none: it could not be started. */
  readonly pid?: number;
  /** The task at hand, if any. */
  readonly task?: RenderTask;
  /** Whether it belongs to the normal course: a process has done enough. */
  readonly isRoutine?: boolean;
}

type Role = "probe" | "render";

interface Member {
  readonly role: Role;
  readonly worker: RenderWorker;
  isReady: boolean;
  /** Is to be replaced as soon as it has nothing to do. */
  isSpoilt: boolean;
  /** Was told to end as it has done enough. */
  isRetired: boolean;
  /** It has been said why it ends. */
  isExplained: boolean;
  /** Ready, and nobody has claimed it. */
  isFree: boolean;
  /** Does work that has to leave a process to lighter work. */
  isHeavy: boolean;
}

const NEW_MEMBER = {
  isReady: false,
  isSpoilt: false,
  isRetired: false,
  isExplained: false,
  isFree: false,
  isHeavy: false,
} as const satisfies Partial<Member>;

/** A task and what the line must know of it. */
interface Work {
  readonly role: Role;
  readonly task: RenderTask;
  /** Names the work: trouble is remembered by it. */
  readonly key: string;
  /** Of which kind it is, for learning how long it takes. */
  readonly kind: string;
  readonly options: RenderOptions;
}

/** What takes longer must not occupy every process, or work of milliseconds would wait for it. */
const HEAVY_MILLISECONDS = 250;

const MEMORY_CHECK_MILLISECONDS = 200;

/** How often each process may be replaced in a row without a pause. */
const REPLACED_AT_ONCE = 2;

/** Renders in child processes, which are replaced when they end, take too long, grow too large or have done enough. */
export class ProcessPoolRenderer implements Renderer {
  readonly #options: ProcessPoolOptions;
  readonly #members = new Set<Member>();
  readonly #lines: Readonly<Record<Role, WaitingLine<Member>>>;
  readonly #trouble = new TroubleRecord();
  readonly #pace = new Pace();
  readonly #starts: StartPace;
  /** Render processes that may do heavy work at a time: all but one, if there are several. */
  readonly #heavyPlaces: number;
  readonly #fingerprint = Promise.withResolvers<string>();
  /** Waits for the first process to be ready. */
  #start: PromiseWithResolvers<void> | null = null;
  readonly #memoryCheck: ReturnType<typeof setInterval>;
  readonly #started = new Set<Role>();
  #isClosed = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    const { queueLength: capacity, renderPatience, bulkPatience, probePatience } = options;
    const workers = options.renderProcesses;
    this.#starts = new StartPace(REPLACED_AT_ONCE * (workers + options.probeProcesses));
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
    const task: RenderTask = { type: "render", job };
    const work = { role: "render", task, key: job.key, kind: job.format, options } as const;
    const { result, queue, took } = await this.#carryOut(work);
    return { ...(result as Rendered), queue, render: took };
  }

  fingerprint(): Promise<string> {
    return this.#fingerprint.promise;
  }

  /**
   * Resolves once a process is ready. While this is waited for, it alone tells of plugins that keep processes from starting.
   *
   * @throws {PluginStartError} that names the plugin
   */
  async whenStarted(): Promise<void> {
    if (this.#started.size > 0) return;
    this.#start ??= Promise.withResolvers();
    await this.#start.promise;
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
    this.#start?.reject(closed);
    for (const line of Object.values(this.#lines)) line.dismiss(closed);
    const members = [...this.#members];
    for (const { worker } of members) worker.end("killed");
    await Promise.all(members.map(({ worker }) => worker.exited));
  }

  async #carryOut({ role, task, key, kind, options }: Work) {
    const troubleKey = `${role}:${key}`;
    this.#trouble.check(troubleKey);
    const predicted = options.cost ?? 0;
    const cost = this.#pace.expect(kind, predicted);
    const isHeavy = role === "render" && (cost > HEAVY_MILLISECONDS || options.priority === "bulk");
    const askedAt = performance.now();
    const member =
      this.#claim(role, isHeavy) ?? (await this.#lines[role].wait({ ...options, cost, isHeavy }));
    const startedAt = performance.now();
    const { renderDeadline, probeDeadline } = this.#options;
    options.onStart?.();
    try {
      const result = await member.worker.run(task, role === "probe" ? probeDeadline : renderDeadline);
      const took = performance.now() - startedAt;
      this.#pace.learn(kind, predicted, took);
      return { result, queue: startedAt - askedAt, took };
    } catch (error) {
      if (!(error instanceof WorkerEndedError)) {
        member.worker.suspicion ??= suspicionOf(task, error);
        throw error;
      }
      this.#explain(member, { message: error.message, task });
      throw this.#trouble.note(troubleKey, error.reason);
    } finally {
      this.#release(member, task);
    }
  }

  /** Claims a process that can begin at once, if there is one: the one that has been free for longest, and no suspect one if there are others. */
  #claim(role: Role, isHeavy: boolean): Member | undefined {
    if (isHeavy && !this.#hasHeavyPlace) return;
    const free = [...this.#members].filter((member) => member.isFree);
    const candidates = [...free.filter(({ worker }) => worker.suspicion === null), ...free];
    const member =
      candidates.find((candidate) => candidate.role === role) ??
      (role === "probe" ? candidates[0] : undefined);
    if (member) Object.assign(member, { isFree: false, isHeavy });
    return member;
  }

  #release(member: Member, task: RenderTask): void {
    member.isHeavy = false;
    const end = this.#reasonToEnd(member);
    if (end) {
      const { reason, isRoutine } = end;
      member.isRetired = isRoutine;
      this.#explain(member, { message: `A render process is replaced as ${reason}`, task, isRoutine });
      member.worker.end("killed");
    } else if (this.#members.delete(member)) {
      // Behind the others: they have their turns first.
      this.#members.add(member);
      member.isFree = true;
    }
    this.#dispatch();
  }

  /** Says why a process should not do another task, if it should not. A suspect one goes on while too many were replaced lately. */
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
    // What a greedy task leaves behind must not bring down the next one.
    return worker.hasGrown ? { reason: "it holds much memory", isRoutine: true } : null;
  }

  /** Gives the processes that are free to those who wait. */
  #dispatch(): void {
    for (const member of this.#members) {
      if (!member.isFree) continue;
      const turn = this.#offer(member);
      if (turn) Object.assign(member, { isFree: false, isHeavy: turn.isHeavy });
    }
  }

  #offer(member: Member) {
    const { render, probe } = this.#lines;
    const hasHeavyPlace = this.#hasHeavyPlace;
    return (member.role === "render" && render.admit(member, { hasHeavyPlace })) || probe.admit(member);
  }

  get #hasHeavyPlace(): boolean {
    return [...this.#members].filter((member) => member.isHeavy).length < this.#heavyPlaces;
  }

  /** @param failures How many have failed to start before, one after the other. */
  #hire(role: Role, failures = 0): void {
    const worker = this.#startWorker({
      onSpoilt: (reason) => this.#spoil(member, reason),
      onExit: () => this.#replace(member, failures),
    });
    if (!worker) return this.#hireLater(role, failures + 1);
    const member: Member = { role, worker, ...NEW_MEMBER };
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

  /** Starts a process, or says why the system refuses that, as it does while too many files are open. */
  #startWorker(events: Pick<RenderWorkerOptions, "onExit" | "onSpoilt">): RenderWorker | null {
    const { plugins, limits, memoryLimit, onTrouble } = this.#options;
    try {
      return new RenderWorker({ setUp: { plugins, limits }, memoryLimit, ...events });
    } catch (error) {
      onTrouble({ message: `Cannot start render process: ${(error as Error).message}` });
      return null;
    }
  }

  #hireLater(role: Role, failures: number, pause = pauseAfterFailures(failures)): void {
    setTimeout(() => !this.#isClosed && this.#hire(role, failures), pause);
  }

  #spoil(member: Member, reason: string): void {
    this.#explain(member, { message: `A render process is replaced as ${reason}` });
    member.isSpoilt = true;
    if (member.isReady && !member.isFree) return;
    member.isFree = false;
    member.worker.end("killed");
  }

  /** Says once why a process ends. */
  #explain(member: Member, trouble: PoolTrouble): void {
    if (member.isExplained || this.#isClosed) return;
    member.isExplained = true;
    this.#options.onTrouble({ pid: member.worker.pid, ...trouble });
  }

  /** At once as a rule; with a pause if it has never worked, or a broken plugin would keep us forking. */
  #replace(member: Member, failures: number): void {
    const hadWorked = member.isReady || member.worker.tasks > 0;
    // Before it is ready, and in the middle of a task, others tell of it.
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
