import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ProgImageError } from "../../error.ts";
import type { Probe } from "../../image/probe.ts";
import { IMPORT_MILLISECONDS, loadingFailure } from "../../transform/contract/load_plugins.ts";
import { ChildOutput } from "./child_output.ts";
import { confinedCommand, innermostProcess } from "./confinement.ts";
import { FONT_CONFIGURATION } from "./font_configuration.ts";
import { saysOutOfMemory } from "./out_of_memory.ts";
import { RenderDeadline } from "./render_deadline.ts";
import type { Rendered } from "../renderer.ts";
import type { RenderFailure, RenderOrder, RenderReply, RenderTask, SetUp } from "./render_message.ts";

/**
 * Why a render process ended during a task. `crash`: it crashed. `cpu` and `memory`: the task exceeded its limit. `stuck`: the task made no
 * progress. `abandoned`: no caller waited for it any longer. `killed`: another process or the server ended it.
 */
export type WorkerEnd = "abandoned" | "cpu" | "crash" | "killed" | "memory" | "stuck";

/** A task was not finished because its process ended. */
export class WorkerEndedError extends Error {
  override readonly name = "WorkerEndedError";
  readonly reason: WorkerEnd;

  constructor(reason: WorkerEnd) {
    super(`Cannot finish task as its render process ended: ${reason}`);
    this.reason = reason;
  }
}

/** A render process failed to start because of a plugin, which the message names. */
export class PluginStartError extends Error {
  override readonly name = "PluginStartError";
}

/** Options for {@linkcode RenderWorker}. */
export interface RenderWorkerOptions {
  readonly setUp: Omit<SetUp, "ticket" | "type">;
  /** Bytes of memory that may be resident. */
  readonly memoryLimit: number;
  /** The operator's command that starts the process in a sandbox, with its arguments. Empty without one. */
  readonly wrapper: readonly string[];
  /** Called with the reason when the process must not do another task. */
  readonly onSpoilt: (reason: string) => void;
  /** Called with the output of the process and its libraries. Limited in size, and rarely called more than once for each task. */
  readonly onOutput: (text: string) => void;
  /** Called once, when the process has ended for any reason. */
  readonly onExit: (worker: RenderWorker) => void;
}

const PROGRAM = fileURLToPath(new URL("./render_process.ts", import.meta.url));
const PAGE_BYTES = 4096;

/** The exit code by which shells and sandboxes tell that their child was ended by SIGKILL. */
const KILLED_CODE = 137;

/**
 * Bytes of address space for compiled JavaScript, which counts as data. By default the engine reserves 1 GiB. Under our limit that fails,
 * and the engine interprets everything: loops over pixels then take twenty times as long.
 */
const COMPILER = { BUN_JSC_jitMemoryReservationSize: String(64 * 1024 * 1024) } as const;

/**
 * Settings for glibc's malloc. Two arenas, because more only waste memory. The process keeps up to 64 MiB that a task frees. Getting that
 * memory back from the system page by page costs a render one twentieth of its time.
 */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: "2",
  UV_THREADPOOL_SIZE: "1",
  MALLOC_MMAP_THRESHOLD_: "16777216",
  MALLOC_TRIM_THRESHOLD_: "67108864",
} as const;

/** How many milliseconds longer than the import's own timeout to wait, so that the process can report that timeout itself. */
const IMPORT_MARGIN_MILLISECONDS = 2_000;

/** The fraction of its memory limit that an idle process may hold. */
const GROWN = 0.25;

/** The parent's view of a render process, which does one task at a time. */
export class RenderWorker {
  /** Resolves with the encoders' fingerprint when the process is ready; rejects if it ends before that. */
  readonly ready: Promise<string>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<unknown>;
  /** The number of tasks done so far. */
  tasks = 0;
  /** Why the process should be replaced; `null` if it should not be. */
  suspicion: string | null = null;
  /** How the process has ended, such as `exit code 3`; `null` while it runs. */
  ending: string | null = null;

  readonly #memoryLimit: number;
  readonly #isWrapped: boolean;
  #innermost: number | undefined;
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #output: ChildOutput;
  readonly #hello = Promise.withResolvers<string>();
  /** The module that is being imported, before the process is ready. */
  #loading: string | null = null;
  #loadingTimer: ReturnType<typeof setTimeout> | undefined;
  #isReady = false;
  /** Known to the process for its set-up only. Each task has its own ticket. Messages without the right ticket come from plugins. */
  readonly #ticket = crypto.randomUUID();
  #task: (PromiseWithResolvers<Probe | Rendered> & { readonly ticket: string }) | null = null;
  #end: WorkerEnd | null = null;
  #residentBytes = 0;
  readonly #onSpoilt: (reason: string) => void;

  constructor(options: RenderWorkerOptions) {
    this.#memoryLimit = options.memoryLimit;
    this.#onSpoilt = options.onSpoilt;
    this.ready = this.#hello.promise;
    this.ready.catch(() => {});
    this.#isWrapped = options.wrapper.length > 0;
    this.#process = Bun.spawn([...confinedCommand(options), process.execPath, "--no-orphans", PROGRAM], {
      ipc: (message: unknown) => this.#hear(message),
      serialization: "json",
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(),
      onExit: ({ signalCode }, code) => {
        const signal = signalCode ?? (this.#isWrapped && code === KILLED_CODE ? "SIGKILL" : null);
        this.ending = signalCode ? `signal ${signalCode}` : `exit code ${code}`;
        clearTimeout(this.#loadingTimer);
        void this.#explainEnd(signal, options.onExit);
      },
    });
    const { stdout, stderr } = this.#process;
    this.#output = new ChildOutput([stdout, stderr], { onText: options.onOutput });
    this.exited = this.#process.exited;
    this.#process.send({ type: "set-up", ticket: this.#ticket, ...options.setUp } satisfies SetUp);
  }

  /** The process that renders. A wrapper may run it as a child of its own. */
  get pid(): number {
    return this.#innermost ?? this.#process.pid;
  }

  get isBusy(): boolean {
    return this.#task !== null;
  }

  /** Whether the process held so much memory at the last check that the next task may lack it. */
  get hasGrown(): boolean {
    return this.#residentBytes > this.#memoryLimit * GROWN;
  }

  /** Runs a task with a limit of CPU time. Rejects with {@linkcode WorkerEndedError} if the process ends before the task is done. */
  async run(task: RenderTask, milliseconds: number): Promise<Probe | Rendered> {
    if (this.ending !== null) throw new WorkerEndedError(this.#end ?? "crash");
    this.#output.flush();
    const ticket = crypto.randomUUID();
    this.#task = { ...Promise.withResolvers(), ticket };
    try {
      this.#process.send({ type: "order", ticket, task } satisfies RenderOrder);
      // Created after the order is sent, so that the process begins while its CPU time is read.
      using _deadline = new RenderDeadline(this.pid, {
        milliseconds,
        onPassed: (passed) => this.end(passed),
      });
      return await this.#task.promise;
    } catch (error) {
      this.#residentBytes = residentBytes(this.pid);
      throw error;
    } finally {
      this.#output.flush();
      this.#task = null;
      this.tasks++;
    }
  }

  /** Ends the process if more of its memory is resident than allowed. */
  checkMemory(): void {
    this.#residentBytes = residentBytes(this.pid);
    if (this.#residentBytes > this.#memoryLimit) this.end("memory");
  }

  /** Kills the process, which is the only way to stop native work. */
  end(reason: WorkerEnd): void {
    this.#end ??= reason;
    if (this.#innermost !== undefined && this.ending === null) kill(this.#innermost);
    this.#process.kill("SIGKILL");
  }

  /** Reports to waiting callers why the process has ended. Only its last output distinguishes a lack of memory from other crashes. */
  async #explainEnd(
    signal: Bun.Subprocess["signalCode"],
    onExit: RenderWorkerOptions["onExit"],
  ): Promise<void> {
    if (signal === "SIGKILL" || signal === "SIGTERM") this.#end ??= "killed";
    this.#end ??= saysOutOfMemory(await this.#output.lastWords()) ? "memory" : "crash";
    this.#hello.reject(this.#startError(`the process ended with ${this.ending}`));
    this.#task?.reject(new WorkerEndedError(this.#end));
    this.#output.flush();
    // Called immediately, while it is still known whether there is a task.
    onExit(this);
  }

  #hear(message: unknown): void {
    const reply = message as RenderReply | null | undefined;
    const about = reply?.type === "done" || reply?.type === "failed" ? "task" : "process";
    if (!reply?.ticket || reply.ticket !== (about === "task" ? this.#task?.ticket : this.#ticket))
      return this.#doubt("a plugin has sent a message of its own");
    switch (reply.type) {
      case "loading":
        return this.#expectLoaded(reply.module);
      case "hello":
        clearTimeout(this.#loadingTimer);
        this.#isReady = true;
        if (this.#isWrapped) this.#innermost = innermostProcess(this.#process.pid);
        return this.#hello.resolve(reply.fingerprint);
      case "stillborn":
        clearTimeout(this.#loadingTimer);
        return this.#hello.reject(new PluginStartError(reply.message));
      case "spoilt":
        if (this.#isReady)
          return this.#onSpoilt(`something that a plugin left running failed: ${reply.trace}`);
        return this.#hello.reject(
          this.#startError(`something that it left running failed: ${reply.message}`),
        );
      default:
        this.suspicion ??= reply.suspicion ?? null;
        if (reply.type === "done") this.#task?.resolve(reply.result);
        else this.#task?.reject(restore(reply.failure));
    }
  }

  /** Ends the process if an import blocks it so that it cannot report the timeout itself. */
  #expectLoaded(module: string): void {
    this.#loading = module;
    clearTimeout(this.#loadingTimer);
    this.#loadingTimer = setTimeout(() => {
      this.#hello.reject(this.#startError("its import holds up the process"));
    }, IMPORT_MILLISECONDS + IMPORT_MARGIN_MILLISECONDS);
  }

  #doubt(reason: string): void {
    if (this.#isReady) this.#onSpoilt(reason);
    else this.#hello.reject(this.#startError(reason));
  }

  #startError(reason: string): Error {
    if (this.#loading === null) return new Error(reason);
    return new PluginStartError(loadingFailure(this.#loading, reason));
  }
}

function restore({ code, message, details, trace }: RenderFailure): Error {
  const cause = new Error(trace);
  return code ? new ProgImageError(code, message, { details, cause }) : new Error(message, { cause });
}

/** Returns an environment without secrets, because plugins run in the process. */
function environment(): Record<string, string> {
  const kept = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "NODE_PATH",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
  ];
  const pairs = kept
    .map((name) => [name, process.env[name]] as const)
    .filter(([, value]) => value !== undefined);
  const fonts = { FONTCONFIG_FILE: FONT_CONFIGURATION };
  return { ...fonts, ...(Object.fromEntries(pairs) as Record<string, string>), ...ALLOCATOR, ...COMPILER };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0; // not Linux, or the process just ended
  }
}
