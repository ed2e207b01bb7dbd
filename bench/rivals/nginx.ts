import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "@progimage/core/testing";
import { findProgram } from "../load/closed_loop.ts";

/** A running nginx that serves the files of a folder. */
export interface Nginx extends AsyncDisposable {
  readonly origin: string;
}

/** Starts nginx in the foreground, with one worker and an access log. Returns null if it is not installed. */
export async function startNginx(folder: string): Promise<Nginx | null> {
  const program = findProgram("nginx");
  if (!program) return null;
  const home = await mkdtemp(join(tmpdir(), "progimage-nginx-"));
  const [port = 0] = freePorts(1);
  const configuration = join(home, "nginx.conf");
  await Bun.write(configuration, configurationOf(home, folder, port));
  const child = Bun.spawn([program, "-p", home, "-e", join(home, "error.log"), "-c", configuration], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const origin = `http://127.0.0.1:${port}`;
  await answering(origin, () => child.exitCode === null);
  return {
    origin,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.exited;
      await rm(home, { recursive: true });
    },
  };
}

function configurationOf(home: string, folder: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `  ${name}_temp_path ${join(home, name)};`,
  );
  // Only root may set the worker's user, and must do so.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  return `${user}daemon off;
worker_processes 1;
pid ${join(home, "nginx.pid")};
events { worker_connections 1024; }
http {
${temporary.join("\n")}
  access_log ${join(home, "access.log")};
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 60s;
  keepalive_requests 100000000;
  types { image/jpeg jpg jpeg; image/png png; image/webp webp; image/avif avif; }
  server {
    listen 127.0.0.1:${port};
    root ${folder};
  }
}
`;
}

/** Waits until a starting server answers. */
export async function answering(origin: string, isAlive: () => boolean): Promise<void> {
  for (;;) {
    const response = await fetch(origin).catch(() => null);
    await response?.arrayBuffer();
    if (response) return;
    if (!isAlive()) throw new Error(`Cannot start a server at ${origin}: it has ended`);
    await Bun.sleep(5);
  }
}
