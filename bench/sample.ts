/** Figures that are sampled repeatedly until it is stopped. */
export interface Sampling<T> {
  /** Stops sampling. Returns all samples, including a final one. */
  readonly stop: () => Promise<readonly T[]>;
}

/** Takes a sample immediately and then at each interval in milliseconds. */
export function sample<T>(milliseconds: number, take: () => Promise<T>): Sampling<T> {
  const taken: T[] = [];
  const stopped = Promise.withResolvers<true>();
  const sampling = (async () => {
    do taken.push(await take());
    while (!(await Promise.race([stopped.promise, Bun.sleep(milliseconds)])));
    taken.push(await take());
    return taken;
  })();
  return {
    stop: () => {
      stopped.resolve(true);
      return sampling;
    },
  };
}
