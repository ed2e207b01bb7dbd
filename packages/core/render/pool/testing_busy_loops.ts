/** Processes that keep the processors busy until disposed, for ten minutes at most. */
export interface BusyLoops extends Disposable {
  readonly pids: readonly number[];
}

const LONGEST_SECONDS = 600;

/** Options for {@linkcode startBusyLoops}. */
export interface BusyLoopsOptions {
  /** From 0 to 19: the higher, the smaller their share of processor time beside other processes. @default {0} */
  readonly niceness?: number;
}

/** Starts loops that use all processor time that they get. */
export function startBusyLoops(count: number, { niceness = 0 }: BusyLoopsOptions = {}): BusyLoops {
  const program = `for (const end = Date.now() + ${LONGEST_SECONDS * 1000}; Date.now() < end; ) continue`;
  const loops = Array.from({ length: count }, () =>
    Bun.spawn(["nice", "-n", String(niceness), process.execPath, "--no-orphans", "-e", program], {
      stdio: ["ignore", "ignore", "ignore"],
    }),
  );
  return {
    pids: loops.map(({ pid }) => pid),
    [Symbol.dispose]: () => loops.forEach((loop) => loop.kill("SIGKILL")),
  };
}
