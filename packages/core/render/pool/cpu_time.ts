import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds of a tick, the unit of CPU time that Linux reports to programs on every architecture. */
const TICK_MILLISECONDS = 10;

const isLinux = process.platform === "linux";

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
  const fields = statFields(`/proc/${pid}/stat`);
  return fields && (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS;
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
