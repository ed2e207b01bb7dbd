/** Options for {@linkcode interleave}. */
export interface InterleaveOptions<Measured> {
  readonly runs: number;
  /** Whether to measure each side once in advance and drop the result, so that files and code are warm. @default {true} */
  readonly warm?: boolean;
  /** Called after each run. */
  readonly onRun?: (run: number, measured: ReadonlyMap<string, Measured>) => void;
}

/**
 * Measures all sides in each run, in changing order, so that other load of the machine affects all of them. Returns the measurements of
 * each side, run by run.
 */
export async function interleave<Measured>(
  sides: ReadonlyMap<string, () => Promise<Measured>>,
  { runs, warm = true, onRun }: InterleaveOptions<Measured>,
): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const all = new Map([...sides.keys()].map((name): [string, Measured[]] => [name, []]));
  for (let run = warm ? 0 : 1; run <= runs; run++) {
    const names = [...sides.keys()];
    const order = run % 2 === 0 ? names : names.toReversed();
    const measured = new Map<string, Measured>();
    for (const name of order) {
      const measure = sides.get(name);
      if (measure) measured.set(name, await measure());
    }
    if (run === 0) continue;
    for (const [name, figure] of measured) all.get(name)?.push(figure);
    onRun?.(run, measured);
  }
  return all;
}
