import { chmod } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { freePorts, type PostgresServer, testFolder, until } from "@progimage/core/testing";

/** A pooler in front of a Postgres server. */
export interface Pooler extends AsyncDisposable {
  readonly port: number;
}

/** Starts a PgBouncer with additional lines in its configuration. */
export async function startPooler(postgres: PostgresServer, options: readonly string[]): Promise<Pooler> {
  const folder = await testFolder();
  const [port = 0] = freePorts(1);
  const { port: target, username } = new URL(postgres.url());
  const lines = [
    "[databases]",
    `* = host=127.0.0.1 port=${target} user=${username}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "auth_type = any",
    "unix_socket_dir =",
    ...options,
  ];
  const file = join(folder.path, "pgbouncer.ini");
  await Bun.write(file, lines.join("\n"));
  await chmod(folder.path, 0o755);
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ["-u", username] : [];
  const child = Bun.spawn(["pgbouncer", "-q", ...user, file], { stdio: ["ignore", "ignore", "ignore"] });
  await until("the pooler listens", () => isListening(port));
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
      await folder[Symbol.asyncDispose]();
    },
  };
}

function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
  socket.on("error", () => resolve(false));
  return promise;
}
