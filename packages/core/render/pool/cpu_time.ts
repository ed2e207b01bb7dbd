import { dlopen, FFIType } from "bun:ffi";
import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds of a tick, the unit of CPU time that Linux reports to programs on every architecture. */
const TICK_MILLISECONDS = 10;

const isLinux = process.platform === "linux";

/** Reads the clock of a process's CPU time, several times as fast as its file in `/proc`. `null` where the C library has another name. */
const readClock = isLinux ? findClock() : null;

/** Measures the CPU time that a process has used since the meter was created, and whether the process wants more. */
export class CpuMeter {
  readonly #pid: number;
  /** CPU time of the process when the measurement began; `null` until it is known. */
  #cpuBefore: number | null;

  /** Outside Linux the measurement begins with the first reading, because starting `ps` for every task is too expensive. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#cpuBefore = isLinux ? linuxCpuTime(pid) : null;
  }

  /** Returns the CPU time that all threads of the process have used, in milliseconds; 0 if the process has ended. */
  async used(): Promise<number> {
    const now = await cpuTime(this.#pid);
    if (now === null) return 0;
    this.#cpuBefore ??= now;
    return now - this.#cpuBefore;
  }

  /** Whether a thread of the process runs or waits for a processor. Always false outside Linux, where it is unknown. */
  isAwake(): boolean {
    return isLinux && linuxThreads(this.#pid).some(isRunnable);
  }
}

/** Returns the CPU time of a process in milliseconds; `null` if it has ended. */
export async function cpuTime(pid: number): Promise<number | null> {
  return isLinux ? linuxCpuTime(pid) : await cpuTimeByPs(pid);
}

function linuxCpuTime(pid: number): number | null {
  if (readClock) return readClock(pid);
  const fields = statFields(`/proc/${pid}/stat`);
  return fields && (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS;
}

/**
 * Returns a function that reads a process's CPU time in milliseconds; it returns `null` if the process has ended.
 *
 * @see https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
 */
function findClock(): ((pid: number) => number | null) | null {
  try {
    const { symbols } = dlopen("libc.so.6", {
      clock_getcpuclockid: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
      clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
    });
    // With a buffer of their own these never move, which small arrays may.
    const clock = new Int32Array(new ArrayBuffer(4));
    const time = new BigInt64Array(new ArrayBuffer(16));
    return (pid) => {
      if (symbols.clock_getcpuclockid(pid, clock) !== 0) return null;
      if (symbols.clock_gettime(clock[0] ?? 0, time) !== 0) return null;
      return Number(time[0]) * 1_000 + Number(time[1]) / 1_000_000;
    };
  } catch {
    return null;
  }
}

function isRunnable(thread: string): boolean {
  return statFields(`${thread}/stat`)?.[0] === "R";
}

/**
 * Returns the fields that the system reports of a process or thread, from its state on.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
function statFields(path: string): readonly string[] | null {
  const text = readText(path);
  // The program's name, in parentheses, may contain any character.
  return text === null ? null : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function linuxThreads(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  } catch {
    return [];
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null;
  }
}

/** Returns the CPU time of a process as reported by `ps`, in milliseconds; `null` if it has ended. */
export async function cpuTimeByPs(pid: number): Promise<number | null> {
  const ps = Bun.which("ps");
  if (!ps) return null;
  const child = Bun.spawn([ps, "-o", "time=", "-p", String(pid)], { stdout: "pipe", stderr: "ignore" });
  return parsePsTime(await new Response(child.stdout).text());
}

/** Parses `[[days-]hours:]minutes:seconds[.hundredths]`. Returns milliseconds, or `null` if the text has another form. */
export function parsePsTime(text: string): number | null {
  const [, days = "0", rest = ""] = /^\s*(?:(\d+)-)?((?:\d+:){1,2}\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  if (rest === "") return null;
  const seconds = rest.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1_000);
}
