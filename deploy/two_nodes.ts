import { join } from "node:path";
import { startServer } from "@progimage/server/testing";
import { hasNginx, startNginx } from "./nginx_process.ts";
import { startRealServers } from "./real_servers.ts";

const ROOT = join(import.meta.dir, "..");
const FOLDER = join(ROOT, "data", "two-nodes");
const PORTS = [3000, 3001, 3002] as const;

/** Runs PostgreSQL, S3, two nodes and nginx on this machine until it is stopped: the setup that docs/scaling.md explains step by step. */
async function main(): Promise<number> {
  if (!hasNginx()) {
    console.error("Cannot start two nodes as nginx is not installed: scripts/install_servers.sh installs it");
    return 1;
  }
  const servers = await startRealServers();
  if (!servers) return 1;
  await using stack = new AsyncDisposableStack();
  const [front, ...nodes] = PORTS;
  const url = `http://127.0.0.1:${front}`;
  // The nodes could start at the same time. They start one after the other so that an error is printed once.
  for (const port of nodes) {
    stack.use(
      await startServer({
        dataDir: join(FOLDER, `node-${port}`),
        logPath: join(FOLDER, `node-${port}.log`),
        settings: { ...servers.settings, PROGIMAGE_PORT: String(port), PROGIMAGE_PUBLIC_URL: url },
      }),
    );
  }
  stack.use(await startNginx({ folder: join(FOLDER, "nginx"), ports: PORTS }));
  console.log(`ProgImage is ready at ${url}: nginx, two nodes (${nodes.join(", ")}), PostgreSQL and S3.`);
  console.log(`Their logs are in ${FOLDER}. Ctrl+C stops all of them; PostgreSQL and S3 keep nothing.`);
  const stopping = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.resolve());
  await stopping.promise;
  return 0;
}

process.exitCode = await main();
// The test services end with this process.
process.exit();
