/** Figures that are taken again and again until it is stopped. */
export interface Sampling<T> {
  /** Ends it. Gives all that it took, the last one at the end. */
  readonly stop: () => Promise<readonly T[]>;
}

/** Takes a figure at once and then each time so many milliseconds have passed. */
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
