import type { Probe } from "../image/probe.ts";
import type { Limits } from "../limits.ts";
import type { Rendered, Renderer, RenderJob, RenderOptions } from "./renderer.ts";
import type { RenderTask } from "./render_message.ts";
import { RenderWorker, WorkerEndedError } from "./render_worker.ts";
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
  /** Milliseconds that a render may wait. */
  readonly renderPatience: number;
  /** Milliseconds that a probe may wait: longer, as its bytes have travelled already. */
  readonly probePatience: number;
  /** Bytes of memory that a process may use. */
  readonly memoryLimit: number;
  /** Tasks after which a process is replaced; 0 keeps it. */
  readonly retireAfter: number;
  /** Hears what went wrong with a process. */
  readonly onTrouble: (trouble: PoolTrouble) => void;
}

/** Something that went wrong with a process. */
export interface PoolTrouble {
  readonly message: string;
  readonly pid: number;
  /** The task at hand, if any. */
  readonly task?: RenderTask;
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
}

const MEMORY_CHECK_MILLISECONDS = 200;
const RESTART_DELAY_MILLISECONDS = 1_000;

/** Renders in child processes, which are replaced when they end, take too long, grow too large or have done enough. */
export class ProcessPoolRenderer implements Renderer {
  readonly #options: ProcessPoolOptions;
  readonly #members = new Set<Member>();
  readonly #lines: Readonly<Record<Role, WaitingLine<Member>>>;
  readonly #trouble = new TroubleRecord();
  readonly #fingerprint = Promise.withResolvers<string>();
  readonly #memoryCheck: ReturnType<typeof setInterval>;
  readonly #started = new Set<Role>();
  #isClosed = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    const { queueLength: capacity, renderPatience, probePatience } = options;
    this.#lines = {
      render: new WaitingLine({ capacity, patience: renderPatience }),
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
    return (await this.#work("probe", task, options.key ?? path, options)) as Probe;
  }

  async render(job: RenderJob, options: RenderOptions = {}): Promise<Rendered> {
    return (await this.#work("render", { type: "render", job }, job.key, options)) as Rendered;
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

  async #work(role: Role, task: RenderTask, key: string, options: RenderOptions): Promise<Probe | Rendered> {
    const troubleKey = `${role}:${key}`;
    this.#trouble.check(troubleKey);
    const member = this.#claim(role) ?? (await this.#lines[role].wait(options));
    const { renderDeadline, probeDeadline } = this.#options;
    try {
      return await member.worker.run(task, role === "probe" ? probeDeadline : renderDeadline);
    } catch (error) {
      if (!(error instanceof WorkerEndedError)) throw error;
      this.#options.onTrouble({ message: error.message, pid: member.worker.pid, task });
      throw this.#trouble.note(troubleKey, error.reason);
    } finally {
      this.#release(member);
    }
  }

  /** Claims a process that can begin at once, if there is one. */
  #claim(role: Role): Member | undefined {
    const free = [...this.#members].filter((member) => member.isFree);
    const member =
      free.find((candidate) => candidate.role === role) ?? (role === "probe" ? free[0] : undefined);
    if (member) member.isFree = false;
    return member;
  }

  #release(member: Member): void {
    if (!this.#members.has(member)) return;
    const { retireAfter } = this.#options;
    const hasDoneEnough = retireAfter > 0 && member.worker.tasks >= retireAfter;
    // What a greedy task leaves behind must not bring down the next one.
    if (hasDoneEnough || member.isSpoilt || member.worker.hasGrown) {
      member.worker.end("killed");
    } else {
      this.#offer(member);
    }
  }

  /** Gives a process to whoever waits, or sets it free. */
  #offer(member: Member): void {
    const { render, probe } = this.#lines;
    const line = member.role === "render" && render.length > 0 ? render : probe;
    if (line.length > 0) line.admit(member);
    else member.isFree = true;
  }

  #hire(role: Role): void {
    const { plugins, limits, memoryLimit } = this.#options;
    const worker = new RenderWorker({
      setUp: { type: "set-up", plugins, limits },
      memoryLimit,
      onSpoilt: (trace) => this.#spoil(member, trace),
      onExit: () => this.#replace(member),
    });
    const member: Member = { role, worker, isReady: false, isSpoilt: false, isFree: false };
    this.#members.add(member);
    worker.ready.then(
      (fingerprint) => {
        member.isReady = true;
        this.#started.add(role);
        this.#fingerprint.resolve(fingerprint);
        this.#offer(member);
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
    else setTimeout(() => !this.#isClosed && this.#hire(member.role), RESTART_DELAY_MILLISECONDS);
  }

  #checkMemory(): void {
    for (const { worker } of this.#members) {
      if (worker.isBusy) worker.checkMemory();
    }
  }
}
