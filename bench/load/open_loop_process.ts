import type { OpenLoad } from "./open_loop.ts";

/** Most timers fire a little late: what is due by then is sent together. */
const TICK_MILLISECONDS = 1;

/** Time that answers have after the last request. */
const PATIENCE_MILLISECONDS = 30_000;

/** Sends requests at a constant rate, whatever becomes of them, and prints the status and milliseconds of each. */
const { origin, paths, rate, seconds, headers }: OpenLoad = await Bun.stdin.json();
const count = Math.round(rate * seconds);
const answers: [status: number, milliseconds: number][] = [];
const pending = new Set<Promise<void>>();
const startedAt = performance.now();
for (let sent = 0; sent < count;) {
  const due = Math.min(count, Math.floor(((performance.now() - startedAt) * rate) / 1000) + 1);
  for (; sent < due; sent++) {
    const asking = ask(`${origin}${paths[sent % paths.length]}`, startedAt + (sent * 1000) / rate);
    pending.add(asking);
    void asking.then(() => pending.delete(asking));
  }
  await Bun.sleep(TICK_MILLISECONDS);
}
await Promise.race([Promise.all(pending), Bun.sleep(PATIENCE_MILLISECONDS)]);
const elapsed = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ answers, unanswered: count - answers.length, elapsed }));
process.exit(0);

/** Counts from when the request should have gone out: a generator or a server that stalls cannot hide it. */
async function ask(url: string, dueAt: number): Promise<void> {
  try {
    const response = await fetch(url, { headers });
    await response.arrayBuffer();
    answers.push([response.status, performance.now() - dueAt]);
  } catch {
    answers.push([0, performance.now() - dueAt]);
  }
}
