import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ProgImageError } from "../error.ts";
import type { Probe } from "../image/probe.ts";
import { ChildOutput } from "./child_output.ts";
import { FONT_CONFIGURATION } from "./font_configuration.ts";
import { saysOutOfMemory } from "./out_of_memory.ts";
import { RenderDeadline } from "./render_deadline.ts";
import type { Rendered } from "./renderer.ts";
import type { RenderFailure, RenderReply, RenderTask, SetUp } from "./render_message.ts";

/**
 * Why a render process ended in the middle of a task: it crashed, the task used up its CPU time or memory, did not get ahead, was
 * given up as nobody waited for it, or somebody ended the process.
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

/** Options for {@linkcode RenderWorker}. */
export interface RenderWorkerOptions {
  readonly setUp: SetUp;
  /** Bytes of memory that may be resident. */
  readonly memoryLimit: number;
  /** Called when something failed that a task has left behind: the process should not do another one. */
  readonly onSpoilt: (trace: string) => void;
  /** Called with what the process prints, by itself or by libraries: bounded, and seldom more than once for each task. */
  readonly onOutput: (text: string) => void;
  /** Called once, when the process has ended for whatever reason. */
  readonly onExit: (worker: RenderWorker) => void;
}

const PROGRAM = fileURLToPath(new URL("./render_process.ts", import.meta.url));
const PAGE_BYTES = 4096;

/**
 * Bytes of address space for compiled JavaScript, which counts as data. With its own wish of 1 GiB under our limit the engine
 * would do without, and interpret everything: loops over pixels then take twenty times as long.
 */
const COMPILER = { BUN_JSC_jitMemoryReservationSize: String(64 * 1024 * 1024) } as const;

/**
 * Settings for glibc's malloc. Two arenas, as more only waste memory. What a task frees stays with the process for the next
 * one, up to 64 MiB: getting it back from the system page by page costs a render one twentieth of its time.
 */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: "2",
  UV_THREADPOOL_SIZE: "1",
  MALLOC_MMAP_THRESHOLD_: "16777216",
  MALLOC_TRIM_THRESHOLD_: "67108864",
} as const;

/** How many times what may be resident a process may ask for. */
const DATA_FACTOR = 4;

/** The part of its memory that an idle process may hold. */
const GROWN = 0.25;

/** A render process, seen from the process that started it. Does one task at a time. */
export class RenderWorker {
  /** Resolves with the encoders' fingerprint when the process is ready; rejects if it ends before. */
  readonly ready: Promise<string>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<unknown>;
  /** Tasks done so far. */
  tasks = 0;

  readonly #memoryLimit: number;
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #output: ChildOutput;
  readonly #hello = Promise.withResolvers<string>();
  #task: PromiseWithResolvers<Probe | Rendered> | null = null;
  #end: WorkerEnd | null = null;
  #hasExited = false;
  #residentBytes = 0;
  readonly #onSpoilt: (trace: string) => void;

  constructor(options: RenderWorkerOptions) {
    this.#memoryLimit = options.memoryLimit;
    this.#onSpoilt = options.onSpoilt;
    this.ready = this.#hello.promise;
    this.ready.catch(() => {});
    this.#process = Bun.spawn([...limiters(options.memoryLimit), process.execPath, "--no-orphans", PROGRAM], {
      ipc: (message: RenderReply) => this.#hear(message),
      serialization: "json",
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(),
      onExit: (_process, _code, signal) => {
        this.#hasExited = true;
        void this.#explainEnd(signal).then(() => options.onExit(this));
      },
    });
    const { stdout, stderr } = this.#process;
    this.#output = new ChildOutput([stdout, stderr], { onText: options.onOutput });
    this.exited = this.#process.exited;
    this.#process.send(options.setUp);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get isBusy(): boolean {
    return this.#task !== null;
  }

  /** Whether the process held so much memory, when last looked at, that the next task may lack it. */
  get hasGrown(): boolean {
    return this.#residentBytes > this.#memoryLimit * GROWN;
  }

  /**
   * Carries out a task, which may use so much CPU time. Rejects with {@linkcode WorkerEndedError} if the process ends before the task
   * is done.
   */
  async run(task: RenderTask, milliseconds: number): Promise<Probe | Rendered> {
    if (this.#hasExited) throw new WorkerEndedError(this.#end ?? "crash");
    this.#output.flush();
    this.#task = Promise.withResolvers();
    using _deadline = new RenderDeadline(this.pid, { milliseconds, onPassed: (passed) => this.end(passed) });
    try {
      this.#process.send(task);
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

  /** Ends the process if more of its memory is resident than may be. */
  checkMemory(): void {
    this.#residentBytes = residentBytes(this.pid);
    if (this.#residentBytes > this.#memoryLimit) this.end("memory");
  }

  /** Ends the process at once: native work cannot be stopped otherwise. */
  end(reason: WorkerEnd): void {
    this.#end ??= reason;
    this.#process.kill("SIGKILL");
  }

  /** Tells those who wait why the process has ended. Only its last words tell a lack of memory from other crashes. */
  async #explainEnd(signal: NodeJS.Signals | number | null): Promise<void> {
    if (signal === 9 || signal === 15) this.#end ??= "killed";
    this.#end ??= saysOutOfMemory(await this.#output.lastWords()) ? "memory" : "crash";
    this.#hello.reject(new WorkerEndedError(this.#end));
    this.#task?.reject(new WorkerEndedError(this.#end));
    this.#output.flush();
  }

  #hear(message: RenderReply): void {
    switch (message.type) {
      case "hello":
        return this.#hello.resolve(message.fingerprint);
      case "stillborn":
        return this.#hello.reject(new Error(message.message));
      case "done":
        return this.#task?.resolve(message.result);
      case "failed":
        return this.#task?.reject(restore(message.failure));
      case "spoilt":
        return this.#onSpoilt(message.trace);
    }
  }
}

function restore({ code, message, details, trace }: RenderFailure): Error {
  const cause = new Error(trace);
  return code ? new ProgImageError(code, message, { details, cause }) : new Error(message, { cause });
}

/**
 * Commands that start another one with less: of memory, where the system can limit it, and of precedence. The system counts memory
 * that was asked for, of which far less may be resident: it is a backstop for what grows between two looks. As batch work a process
 * is also interrupted less often by its like: one twentieth less time for a small render.
 */
function limiters(memoryLimit: number): string[] {
  const ofLinux = (name: string) => (process.platform === "linux" ? Bun.which(name) : null);
  const [prlimit, chrt, nice] = [ofLinux("prlimit"), ofLinux("chrt"), Bun.which("nice")];
  return [
    ...(prlimit ? [prlimit, `--data=${memoryLimit * DATA_FACTOR}`] : []),
    ...(chrt ? [chrt, "--batch", "0"] : []),
    ...(nice ? [nice, "-n", "10"] : []),
  ];
}

/** No secrets: plugins run there. */
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

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0; // not Linux, or just ended
  }
}
