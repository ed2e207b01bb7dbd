import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The calls of a process that are traced. */
export interface StraceOptions {
  /** The calls of the system that are recorded. */
  readonly calls: readonly string[];
  /** The fault or delay that strace injects, in its words: `fsync:error=EIO:when=1`. Its counts are those of each thread. */
  readonly inject?: readonly string[];
  /** Only calls that have to do with this very file or folder. */
  readonly path?: string;
}

/** A call of the system. */
export interface TracedCall {
  readonly name: string;
  /** The arguments as strace prints them: descriptors with their paths, and texts. */
  readonly args: string;
  /** The returned number, followed by the name of an error if there is one. */
  readonly result: string;
  /** Its place among all beginnings and ends of calls. */
  readonly beganAt: number;
  readonly endedAt: number;
}

/** A process that is being traced, with all of its threads. */
export interface Strace extends AsyncDisposable {
  /** Lets the process go, and returns what it has called meanwhile in the order of its ends. */
  readonly stop: () => Promise<readonly TracedCall[]>;
}

const ATTACHED_REGEXP = /^strace: Process \d+ attached/m;
const ATTACH_MILLISECONDS = 10_000;
const DETACH_MILLISECONDS = 1_000;

/** Texts are recorded up to this length: an answer with a few images is shorter. */
const TEXT_CHARACTERS = 16_384;

let obstacle: Promise<string | null> | undefined;

/** Returns why no process can be traced here, in a few words; `null` if one can. */
export function straceObstacle(): Promise<string | null> {
  return (obstacle ??= findObstacle());
}

/** Traces a process that runs, from when this resolves on. */
export async function strace(pid: number, { calls, inject = [], path }: StraceOptions): Promise<Strace> {
  const folder = await mkdtemp(join(tmpdir(), "progimage-strace-"));
  const record = join(folder, "record");
  const options = ["-f", "-y", "-s", String(TEXT_CHARACTERS), "-o", record, "-e", `trace=${calls.join(",")}`];
  for (const each of inject) options.push("-e", `inject=${each}`);
  if (path) options.push("-P", path);
  const child = Bun.spawn(["strace", ...options, "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
  let isOver = false;
  const end = async () => {
    if (isOver) return;
    isOver = true;
    child.kill("SIGTERM");
    // It waits without end where the process has ended just then. The system lets go whatever it still holds.
    const timer = setTimeout(() => child.kill("SIGKILL"), DETACH_MILLISECONDS);
    await child.exited;
    clearTimeout(timer);
  };
  try {
    await attached(child.stderr);
  } catch (error) {
    await end();
    await rm(folder, { recursive: true });
    throw error;
  }
  return {
    stop: async () => {
      await end();
      return readCalls(await Bun.file(record).text());
    },
    [Symbol.asyncDispose]: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves once strace says that it has attached; what it says later is read and forgotten. */
async function attached(stderr: ReadableStream<Uint8Array>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new Error("Cannot trace: strace did not attach")),
    ATTACH_MILLISECONDS,
  );
  void (async () => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of stderr) {
      text += decoder.decode(chunk, { stream: true });
      if (ATTACHED_REGEXP.test(text)) resolve();
    }
    reject(new Error(`Cannot trace: ${text.trim()}`));
  })();
  await promise.finally(() => clearTimeout(timer));
}

const WHOLE_REGEXP = /^(\d+) +(\w+)\((.*)\) += (.*)$/;
const BEGUN_REGEXP = /^(\d+) +(\w+)\((.*) <(?:detached|unfinished) \.\.\.>$/;
const ENDED_REGEXP = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (.*)$/;

/** Reads the calls that strace has recorded. Those whose end it did not see come last: an answer can be there before the call has ended. */
function readCalls(record: string): readonly TracedCall[] {
  const begun = new Map<string, Pick<TracedCall, "args" | "beganAt" | "name">>();
  const ended = record.split("\n").flatMap((line, place): TracedCall[] => {
    const [, opener = "", called = "", firstArgs = ""] = BEGUN_REGEXP.exec(line) ?? [];
    if (opener) {
      begun.set(opener, { name: called, args: firstArgs, beganAt: place });
      return [];
    }
    const [, thread = "", resumed = "", moreArgs = "", outcome = ""] = ENDED_REGEXP.exec(line) ?? [];
    if (thread) {
      const { args, beganAt } = begun.get(thread) ?? { args: "", beganAt: place };
      begun.delete(thread);
      return [{ name: resumed, args: args + moreArgs, result: outcome, beganAt, endedAt: place }];
    }
    const [, , name = "", args = "", result = ""] = WHOLE_REGEXP.exec(line) ?? [];
    return name ? [{ name, args, result, beganAt: place, endedAt: place }] : [];
  });
  return [...ended, ...begun.values().map((call) => ({ ...call, result: "", endedAt: Infinity }))];
}

async function findObstacle(): Promise<string | null> {
  if (process.platform !== "linux") return `${process.platform} has no strace`;
  if (!Bun.which("strace")) return "strace is not installed";
  const child = Bun.spawn(["sleep", "60"]);
  try {
    await using _traced = await strace(child.pid, { calls: ["fsync"] });
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    child.kill();
  }
}
