import { LeanConnection } from "./lean_connection.ts";
import type { OpenLoad } from "./open_loop.ts";

/** Most timers fire a little late: what is due by then is sent together. */
const TICK_MILLISECONDS = 1;

/** Time that answers have after the last request. */
const PATIENCE_MILLISECONDS = 30_000;

/** Sends requests at a constant rate, whatever becomes of them, and prints the status and milliseconds of each. */
const { origin, paths, rate, seconds, headers }: OpenLoad = await Bun.stdin.json();
const { host, hostname, port } = new URL(origin);
const rest = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
const count = Math.round(rate * seconds);
const answers: [status: number, milliseconds: number][] = [];
/** Connections that have nothing to do: there are as many as there ever were requests under way. */
const idle: LeanConnection[] = [];
const isOver = Promise.withResolvers<void>();
const startedAt = performance.now();
for (let sent = 0; sent < count;) {
  const due = Math.min(count, Math.floor(((performance.now() - startedAt) * rate) / 1000) + 1);
  for (; sent < due; sent++) void ask(paths[sent % paths.length] ?? "/", startedAt + (sent * 1000) / rate);
  await Bun.sleep(TICK_MILLISECONDS);
}
await Promise.race([isOver.promise, Bun.sleep(PATIENCE_MILLISECONDS)]);
const elapsed = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ answers, unanswered: count - answers.length, elapsed }));
process.exit(0);

/** Counts from when the request should have gone out: a generator or a server that stalls cannot hide it. */
async function ask(path: string, dueAt: number): Promise<void> {
  const done = (status: number) => {
    answers.push([status, performance.now() - dueAt]);
    if (answers.length === count) isOver.resolve();
  };
  try {
    const connection = idle.pop() ?? (await LeanConnection.open(hostname, Number(port)));
    connection.ask(`GET ${path} HTTP/1.1\r\n${rest.join("")}\r\n`, (status) => {
      if (status > 0) idle.push(connection);
      done(status);
    });
  } catch {
    done(0);
  }
}
