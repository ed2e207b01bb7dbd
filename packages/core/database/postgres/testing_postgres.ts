import { globSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SQL } from "bun";
import type { TestCertificate } from "../../testing/testing_certificates.ts";
import { freePorts } from "../../testing/testing_ports.ts";
import { until } from "../../testing/testing_until.ts";

/** A separate database, dropped at the end of its scope. */
export interface PostgresTestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** A real PostgreSQL server on loopback. It is removed with all its data when the process that started it ends, even if it is killed. */
export class PostgresServer implements AsyncDisposable {
  readonly #binaries: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #watcher: Bun.Subprocess<"pipe", "ignore", "ignore">;
  #databases = 0;

  private constructor(binaries: string, folder: string, port: number) {
    this.#binaries = binaries;
    this.#folder = folder;
    this.#port = port;
    this.#watcher = startWatcher(folder);
  }

  /** Creates and starts a server. */
  static async start(binaries: string): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), "progimage-postgres-"));
    if (isRoot()) await run(["chown", `${USER}:`, folder]);
    const [port = 0] = freePorts(1);
    const server = new PostgresServer(binaries, folder, port);
    await server.#run("initdb", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
    const access = join(folder, "data", "pg_hba.conf");
    const rule = `host all ${PASSWORD_ROLE} 127.0.0.1/32 scram-sha-256\n`;
    await Bun.write(access, rule + (await Bun.file(access).text()));
    await server.start();
    return server;
  }

  /** Returns the URL of a database on this server. */
  url(database = "postgres"): string {
    return `postgres://${USER}:${PASSWORD}@127.0.0.1:${this.#port}/${database}`;
  }

  /** Creates an empty database, or a copy of another one that has no connections. */
  async freshDatabase(template = "template0"): Promise<PostgresTestDatabase> {
    const name = `fresh_${++this.#databases}`;
    await this.execute(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    return {
      url: this.url(name),
      [Symbol.asyncDispose]: () => this.execute(`DROP DATABASE ${name} WITH (FORCE)`),
    };
  }

  /** Offers TLS with a certificate from the time this resolves; no TLS with `null`. */
  async presentCertificate(shown: TestCertificate | null): Promise<void> {
    const folder = join(this.#folder, "data");
    for (const [name, path] of Object.entries(shown ?? {})) {
      await run([...asOther(), "cp", path, join(folder, `server.${name}`)]);
      await run([...asOther(), "chmod", "600", join(folder, `server.${name}`)]);
    }
    const state = shown ? "on" : "off";
    const settings = { ssl_cert_file: "server.certificate", ssl_key_file: "server.key", ssl: state };
    for (const [name, value] of Object.entries(settings))
      await this.execute(`ALTER SYSTEM SET ${name} = '${value}'`);
    const before = await this.#loadedAt();
    await this.execute("SELECT pg_reload_conf()");
    const isRead = async () => (await this.#loadedAt()) !== before;
    await until("Postgres has read its certificate", isRead, RELOAD_MILLISECONDS);
  }

  /** Executes a statement as the administrator. */
  async execute(statement: string): Promise<void> {
    await using administrator = new SQL(this.url(), { max: 1 });
    await administrator.unsafe(statement);
  }

  /** Starts the server again, on the same port and with the same data. */
  async start(): Promise<void> {
    const settings = {
      ...{ port: this.#port, listen_addresses: "127.0.0.1", unix_socket_directories: "" },
      ...{ fsync: "off", max_connections: 200, shared_buffers: "128MB", max_wal_size: "2GB" },
    };
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value || "''"}`);
    await this.#run("pg_ctl", "-w", "-l", join(this.#folder, "log"), "-o", options.join(" "), "start");
  }

  /** Stops the server as an operator would: connections are cut, and committed data survives. */
  async stop(): Promise<void> {
    await this.#run("pg_ctl", "-w", "-m", "fast", "stop");
  }

  /** Kills the server immediately, like a crash of its machine. */
  async kill(): Promise<void> {
    const pids = await this.#pids();
    for (const pid of pids) signal(pid, "SIGKILL");
    const running = async () => (await Promise.all(pids.map(isRunning))).filter(Boolean).length;
    await until("all processes of Postgres have ended", async () => (await running()) === 0);
    await rm(join(this.#folder, "data", "postmaster.pid"), { force: true });
  }

  /** Stops all answers without closing connections, like a machine or network that hangs. */
  async freeze(): Promise<void> {
    for (const pid of await this.#pids()) signal(pid, "SIGSTOP");
  }

  /** Ends {@linkcode PostgresServer.freeze}. */
  async thaw(): Promise<void> {
    for (const pid of await this.#pids()) signal(pid, "SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watcher.stdin.end();
    await this.#watcher.exited;
  }

  async #loadedAt(): Promise<string> {
    await using administrator = new SQL(this.url(), { max: 1 });
    const [row] = await administrator`SELECT pg_conf_load_time()::text AS time`;
    return row.time;
  }

  /** Returns the ids of the server process and its children. */
  async #pids(): Promise<readonly number[]> {
    const text = await Bun.file(join(this.#folder, "data", "postmaster.pid")).text();
    const pid = Number(text.split("\n")[0]);
    const children = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
    return [pid, ...children.split(" ").filter(Boolean).map(Number)];
  }

  async #run(program: string, ...args: readonly string[]): Promise<void> {
    await run([...asOther(), join(this.#binaries, program), "-D", join(this.#folder, "data"), ...args]);
  }
}

/** Returns the server that all tests of a process share; `null` on a machine without PostgreSQL. */
export function sharedPostgres(): Promise<PostgresServer | null> {
  return (shared ??= startShared());
}

let shared: Promise<PostgresServer | null> | undefined;

const USER = "postgres";

/** A role that needs a password. Tests create it. */
export const PASSWORD_ROLE = "with_password";

const RELOAD_MILLISECONDS = 10_000;

/** Other roles need no password. It is in the URL to test that it is never written anywhere. */
const PASSWORD = "do-not-tell";

async function startShared(): Promise<PostgresServer | null> {
  const binaries = findBinaries();
  if (binaries) return await PostgresServer.start(binaries);
  console.error(
    "Tests on PostgreSQL are skipped: there is no initdb in /usr/lib/postgresql/*/bin or on PATH",
  );
  return null;
}

/** Returns the folder of the newest version. Debian installs each version in a separate folder, not on PATH. */
function findBinaries(): string | null {
  const found = globSync("/usr/lib/postgresql/*/bin/initdb");
  const versionOf = (path: string) => Number(path.split("/")[4]);
  const [newest] = found.toSorted((one, other) => versionOf(other) - versionOf(one));
  const path = newest ?? Bun.which("initdb");
  return path ? dirname(path) : null;
}

/**
 * Starts a process that stops a server and removes its folder when our end of its standard input closes. That happens at the latest when
 * this process ends, even if it is killed.
 */
function startWatcher(folder: string): Bun.Subprocess<"pipe", "ignore", "ignore"> {
  // The server may be frozen, and it writes until it removes its PID file, so this waits up to ten seconds.
  const script = `
    cat >/dev/null
    record=$1/data/postmaster.pid
    pid=$(head -n 1 "$record") && kill -QUIT "$pid" && kill -CONT "$pid"
    for try in $(seq 100); do [ -e "$record" ] && sleep 0.1 || break; done
    rm -rf "$1"`;
  const watcher = Bun.spawn(["sh", "-c", script, "sh", folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watcher.unref();
  return watcher;
}

/** PostgreSQL does not run as root. Debian's package creates a user for it. */
function asOther(): readonly string[] {
  return isRoot() ? ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"] : [];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Sends a signal to a process, which may have ended. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Returns whether a process runs. An ended process that its parent has not reaped remains as a zombie. */
async function isRunning(pid: number): Promise<boolean> {
  const text = await Bun.file(`/proc/${pid}/stat`)
    .text()
    .catch(() => "");
  return text !== "" && !/\) Z /.test(text);
}

async function run(command: readonly string[]): Promise<void> {
  // No pipes, because the server would inherit them and keep them open.
  const child = Bun.spawn([...command], { stdio: ["ignore", "ignore", "ignore"], cwd: "/" });
  const code = await child.exited;
  if (code !== 0) throw new Error(`Cannot run ${command.join(" ")}: it ended with ${code}`);
}
