import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePorts, until } from "@progimage/core/testing";

/** The ports that `nginx.conf` names: its own, those of the nodes, and the internal one between its cache and the nodes. */
const PORTS = ["3000", "3001", "3002", "3003"] as const;

/** An nginx in front of two nodes. */
export interface NginxProcess extends AsyncDisposable {
  readonly url: string;
}

/** Options for {@linkcode startNginx}. */
export interface StartNginxOptions {
  /** The folder of its log, cache and temporary files. */
  readonly folder: string;
  /** Its own port, and those of the nodes. */
  readonly ports: readonly [number, number, number];
}

/** Returns whether nginx is installed. */
export function hasNginx(): boolean {
  return nginxPath() !== null;
}

/** Starts nginx with `nginx.conf` and other ports, and waits until it listens. */
export async function startNginx({ folder, ports }: StartNginxOptions): Promise<NginxProcess> {
  const program = nginxPath();
  if (!program) throw new Error("Cannot start nginx: it is not installed");
  await mkdir(folder, { recursive: true });
  let text = await Bun.file(join(import.meta.dir, "nginx.conf")).text();
  const given = [...ports, ...freePorts(1)];
  for (const [index, port] of PORTS.entries())
    text = text.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:@${given[index]}`);
  const configuration = join(folder, "nginx.conf");
  // Only root may set the workers' user, and must do so: otherwise they could not write to our folders.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  await Bun.write(configuration, user + text.replaceAll(":@", ":"));
  const child = Bun.spawn([program, "-p", folder, "-e", join(folder, "error.log"), "-c", configuration], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${ports[0]}`;
  await until("nginx answers", async () => {
    if (child.exitCode !== null) throw new Error(`Cannot start nginx: it ended with ${child.exitCode}`);
    const response = await fetch(`${url}/healthz`).catch(() => null);
    return response?.ok || response?.status;
  });
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

function nginxPath(): string | null {
  return Bun.which("nginx") ?? Bun.which("nginx", { PATH: "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin" });
}
