/** What a scenario works with. */
export interface ScenarioContext {
  /** A folder for its files. */
  readonly folder: string;
  /** How often each side is measured. */
  readonly runs: number;
  /** Tells how far it is. */
  readonly report: (line: string) => void;
}

/** Something that was measured, and what it should be. */
export interface ScenarioResult {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  /** What it must reach, such as `≥ 1`. */
  readonly target: string;
  readonly reached: boolean;
  /** The figures behind it. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A question that the bench answers. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  readonly run: (context: ScenarioContext) => Promise<readonly ScenarioResult[]>;
}

/** Gives the middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Gives a figure with as many digits as mean something. */
export function rounded(figure: number, digits = 3): number {
  return Number(figure.toPrecision(digits));
}
