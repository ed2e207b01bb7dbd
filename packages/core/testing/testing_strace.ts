import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Options for {@linkcode strace}. */
export interface StraceOptions {
  /** The system calls to record. */
  readonly calls: readonly string[];
  /** The faults or delays that strace injects, in its syntax: `fsync:error=EIO:when=1`. It counts calls per thread. */
  readonly inject?: readonly string[];
  /** Records only calls that concern this file or folder. */
  readonly path?: string;
}

/** A system call. */
export interface TracedCall {
  readonly name: string;
  /** The arguments as strace prints them: descriptors with their paths, and texts. */
  readonly args: string;
  /** The returned number, followed by the name of an error if there is one. */
  readonly result: string;
  /** Its position among all starts and ends of calls. */
  readonly beganAt: number;
  readonly endedAt: number;
}

/** A traced process, with all of its threads. */
export interface Strace extends AsyncDisposable {
  /** Detaches from the process. Returns the recorded calls in the order of their ends. */
  readonly stop: () => Promise<readonly TracedCall[]>;
}

const ATTACHED_REGEXP = /^strace: Process \d+ attached/m;
const ATTACH_MILLISECONDS = 10_000;
const DETACH_MILLISECONDS = 1_000;

/** The maximum length of recorded texts. A response with a few images is shorter. */
const TEXT_CHARACTERS = 16_384;

let obstacle: Promise<string | null> | undefined;

/** Returns in a few words why processes cannot be traced here; `null` if they can. */
export function straceObstacle(): Promise<string | null> {
  return (obstacle ??= findObstacle());
}

/** Traces a running process from the time this resolves. */
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
    // strace hangs if the process has just ended. Killing strace detaches it.
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

/** Resolves once strace reports that it has attached. Its later output is discarded. */
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

/** Reads the calls that strace has recorded. Calls whose end is not recorded come last: a response can arrive before its call has ended. */
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
