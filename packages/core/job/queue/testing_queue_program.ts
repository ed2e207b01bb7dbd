import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isProgImageError } from "../../error.ts";
import type { JobQueue, Task } from "./job_queue.ts";
import type { QueueDescriptor, QueueWorkerTask } from "./testing_queue_worker.ts";

const { module, options, mode, effects } = JSON.parse(process.argv[2] ?? "{}") as QueueDescriptor &
  QueueWorkerTask;
const { openJobQueue } = (await import(module)) as {
  readonly openJobQueue: (options: unknown) => Promise<JobQueue>;
};
const queue = await openJobQueue(options);

/** Tasks at a time, so that one is always in progress when the process is killed. */
const AT_A_TIME = 4;

await Promise.all(Array.from({ length: mode === "work" ? AT_A_TIME : 1 }, work));

async function work(): Promise<void> {
  for (;;) {
    try {
      const [task] = await queue.take(1);
      if (!task) await Bun.sleep(20);
      else await carryOut(task);
    } catch (error) {
      if (!isProgImageError(error)) throw error;
      // The queue is unreachable, so the state of the task is unknown. If it is not complete, it returns.
      await Bun.sleep(20);
    }
  }
}

async function carryOut(task: Task): Promise<void> {
  say("took", task);
  const beating = setInterval(() => void queue.extend(task).catch(() => {}), queue.heartbeat);
  if (mode === "hold") await toldToFinish(task);
  else await Bun.sleep(5);
  if (effects) await leaveEffect(join(effects, task.id));
  clearInterval(beating);
  say((await queue.complete(task)) ? "finished" : "lost", task);
}

/** A second call changes nothing, as every task must be idempotent. */
async function leaveEffect(path: string): Promise<void> {
  await writeFile(path, "", { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

async function toldToFinish(task: Task): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listen = (command: unknown) => {
    if (command === "finish") resolve();
    if (command !== "stall") return;
    Bun.sleepSync(1_000);
    say("stalled", task);
  };
  process.on("message", listen);
  await promise;
  process.off("message", listen);
}

function say(what: string, { id }: Task): void {
  process.send?.({ what, id });
}
