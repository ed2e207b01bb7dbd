import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ProgImage } from "@progimage/client";
import type { ApiDocument } from "./testing_described_answers.ts";
import { faultsOf, watchAnswers } from "./testing_watched_fetch.ts";

/** Options for {@linkcode startServer}. */
export interface StartServerOptions {
  /** Settings besides the folder and a free port. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The folder of its state. By default it has a temporary folder, which is removed when it stops. */
  readonly dataDir?: string;
  /** Flags of Bun for the program. @default {["--no-orphans"]} so that a killed test leaves no server behind */
  readonly flags?: readonly string[];
  /** Logs into this file instead of memory, as a benchmarked server does. */
  readonly logPath?: string;
  /** Logs into this file descriptor instead. */
  readonly logDescriptor?: number;
}

/** A real server: its own processes, its own port, its own folder. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly client: ProgImage;
  readonly dataDir: string;
  /** The process id of the supervisor. */
  readonly pid: number;
  /** Returns its standard output. */
  readonly output: () => string;
  /** Returns its log, unless that goes to a file. */
  readonly log: () => string;
  /** Resolves to the exit code of the supervisor. */
  readonly exited: Promise<number>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** Returns the sentence with which a server refused to start, or the whole log without one. */
function refusalIn(log: string): string {
  const last = log.trimEnd().split("\n").at(-1) ?? "";
  return last.startsWith('{"level":60,') ? (JSON.parse(last) as { readonly msg: string }).msg : log;
}

const PROGRAM = join(import.meta.dir, "..", "main.ts");
/** Benches measure unmodified answers. */
const IS_TEST = process.env["NODE_ENV"] === "test";
const READY_REGEXP = /ready at (http:\S+)/;

/** Starts a server and waits until it listens. */
export async function startServer(options: StartServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "progimage-test-")));
  const { PATH = "", HOME = "" } = process.env;
  const { flags = ["--no-orphans"] } = options;
  if (options.logPath) await mkdir(dirname(options.logPath), { recursive: true });
  const child = Bun.spawn([process.execPath, ...flags, PROGRAM], {
    stdio: [
      "ignore",
      "pipe",
      options.logDescriptor ?? (options.logPath ? Bun.file(options.logPath) : "pipe"),
    ],
    env: {
      PATH,
      HOME,
      PROGIMAGE_PORT: "0",
      PROGIMAGE_DATA_DIR: dataDir,
      PROGIMAGE_LOG_FORMAT: "json",
      // A test that stops its server needs no more answers, but its client keeps connections open.
      PROGIMAGE_DRAIN_IDLE_MS: "0",
      ...options.settings,
    },
  });
  let log = "";
  if (child.stderr instanceof ReadableStream) void collect(child.stderr, (text) => (log += text));
  let output = "";
  const url = await readyUrl(child.stdout, (text) => (output += text)).catch(async (error: Error) => {
    throw new Error(`${error.message}: exit code ${await child.exited}, ${refusalIn(log)}`);
  });
  if (IS_TEST) watchAnswers(url, readDescription);
  return {
    url,
    client: new ProgImage({ baseUrl: url }),
    dataDir,
    pid: child.pid,
    output: () => output,
    log: () => log,
    exited: child.exited,
    kill: (signal) => child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.exited;
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
      const faults = faultsOf(url);
      if (faults.length > 0) throw new Error(faults.join("\n"));
    },
  };
}

/** Returns the relative paths of all files below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Returns the relative paths of all blobs in a folder of images, without the mark of their owner. */
export async function blobsBelow(fsDir: string): Promise<string[]> {
  return (await filesBelow(join(fsDir, "blobs"))).filter((path) => /^[0-9a-f]{2}\//.test(path));
}

/** Returns the process ids of all descendants of a process. */
export async function descendants(pid: number): Promise<number[]> {
  const text = await Bun.file(`/proc/${pid}/task/${pid}/children`)
    .text()
    .catch(() => "");
  const children = text.split(" ").filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

/** Returns the ids of the HTTP processes of a server. */
export async function httpProcesses({ pid }: Pick<TestServer, "pid">): Promise<readonly number[]> {
  const pids = await descendants(pid);
  const serving = await Promise.all(
    pids.map(async (each) => {
      const commandLine = await Bun.file(`/proc/${each}/cmdline`)
        .text()
        .catch(() => "");
      return commandLine.includes("serve.ts");
    }),
  );
  return pids.filter((_, index) => serving[index]);
}

/** Returns the CPU time of a process and its living descendants, in milliseconds. */
export async function cpuMilliseconds(pid: number): Promise<number> {
  const times = [pid, ...(await descendants(pid))].map(async (each) => {
    const text = await Bun.file(`/proc/${each}/stat`).text();
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // User and system time, in hundredths of a second.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  });
  return (await Promise.all(times)).reduce((sum, time) => sum + time, 0);
}

/** Whether a process is running. A zombie, which has ended but was not reaped, is not. */
export async function isRunning(pid: number): Promise<boolean> {
  const text = await Bun.file(`/proc/${pid}/stat`)
    .text()
    .catch(() => "");
  return text !== "" && !/\) Z /.test(text);
}

/** Asks a separate server, because tests measure the load of the others. */
async function readDescription(): Promise<ApiDocument> {
  await using server = await startServer();
  return (await (await Bun.fetch(`${server.url}/swagger/json`)).json()) as ApiDocument;
}

async function readyUrl(
  stream: ReadableStream<Uint8Array>,
  onText: (text: string) => string,
): Promise<string> {
  const found = Promise.withResolvers<string>();
  void collect(stream, (more) => {
    const [, url] = READY_REGEXP.exec(onText(more)) ?? [];
    if (url) found.resolve(url);
  }).then(() => found.reject(new Error("Cannot start the server")));
  return await found.promise;
}

async function collect(stream: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) onText(decoder.decode(chunk, { stream: true }));
}
