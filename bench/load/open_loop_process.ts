import { LeanConnection } from "./lean_connection.ts";
import type { OpenLoad } from "./open_loop.ts";

/** Milliseconds between ticks. Most timers fire a little late, so each tick sends all requests that are due. */
const TICK_MILLISECONDS = 1;

/** The timeout for responses after the last request. */
const TIMEOUT_MILLISECONDS = 30_000;

/** Sends requests at a constant rate, regardless of the responses, and prints the status and milliseconds of each. */
const { origin, paths, rate, seconds, headers }: OpenLoad = await Bun.stdin.json();
const { host, hostname, port } = new URL(origin);
const rest = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
const count = Math.round(rate * seconds);
const answers: [status: number, milliseconds: number][] = [];
/** Idle connections: there are as many in all as the most requests that were ever in flight. */
const idle: LeanConnection[] = [];
const isOver = Promise.withResolvers<void>();
const startedAt = performance.now();
for (let sent = 0; sent < count;) {
  const due = Math.min(count, Math.floor(((performance.now() - startedAt) * rate) / 1000) + 1);
  for (; sent < due; sent++) void ask(paths[sent % paths.length] ?? "/", startedAt + (sent * 1000) / rate);
  await Bun.sleep(TICK_MILLISECONDS);
}
await Promise.race([isOver.promise, Bun.sleep(TIMEOUT_MILLISECONDS)]);
const elapsed = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ answers, unanswered: count - answers.length, elapsed }));
process.exit(0);

/** Sends a request and measures from when it was due, so that a stalled generator or server cannot hide the delay. */
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
