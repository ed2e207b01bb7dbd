import type { JobWatch } from "./job_watcher.ts";

/** Options for {@linkcode limitWatch}. */
export interface LimitWatchOptions {
  /** Milliseconds after which the watch ends, at the latest. Up to a tenth less by chance, so that not all clients come back at once. */
  readonly lifetime: number;
  /** Whether the caller may still see the job. Asked every five seconds. */
  readonly mayContinue: () => Promise<boolean>;
}

/** Milliseconds between two questions whether a watch may continue. */
const CHECK_MILLISECONDS = 5_000;

/** Returns a watch that ends after a time, and sooner if its caller loses the right to it. */
export function limitWatch(watch: JobWatch, { lifetime, mayContinue }: LimitWatchOptions): JobWatch {
  const timer = setTimeout(end, lifetime * (1 - Math.random() / 10));
  const checks = setInterval(async () => {
    if (!(await mayContinue())) end();
  }, CHECK_MILLISECONDS);
  return { next: (milliseconds) => watch.next(milliseconds), [Symbol.dispose]: end };

  function end(): void {
    clearTimeout(timer);
    clearInterval(checks);
    watch[Symbol.dispose]();
  }
}
