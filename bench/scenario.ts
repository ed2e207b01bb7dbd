import type { UrlRival } from "./rivals/url_rival.ts";
import type { Latency } from "./statistics.ts";

/** What a scenario works with. */
export interface ScenarioContext {
  /** A folder for its files. */
  readonly folder: string;
  /** How often each side is measured. */
  readonly runs: number;
  /** Everything short and small: it shows that the scenario works, not what it measures. */
  readonly quick: boolean;
  /** A folder of pictures to use instead of generated ones. */
  readonly images?: string;
  /** Other servers to measure beside. */
  readonly rivals: readonly UrlRival[];
  /** Tells how far it is. */
  readonly report: (line: string) => void;
  /** Adds a remark to the report, once. */
  readonly note: (text: string) => void;
}

/** What was measured of one side: bars in the report. Medians of all runs. */
export interface Side {
  readonly name: string;
  readonly perSecond?: number;
  /** In milliseconds. */
  readonly latency?: Latency;
  /** Bytes of one result. */
  readonly bytes?: number;
  /** Likeness of the result to a reference that loses nothing, by SSIM. */
  readonly quality?: number;
}

/** Something that was measured, and what it should be. */
export interface ScenarioResult {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  /** What it must reach, such as `≥ 1`; empty where nothing is asked. */
  readonly target: string;
  readonly reached: boolean;
  /** The figures behind it. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** The sides that it compares. */
  readonly sides?: readonly Side[];
}

/** A question that the bench answers. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Takes so long that it must be asked for by its name. */
  readonly onlyByName?: boolean;
  readonly run: (context: ScenarioContext) => Promise<readonly ScenarioResult[]>;
}

/** Options for {@linkcode judged}. */
export interface JudgedOptions {
  readonly unit?: string;
  readonly least?: number;
  readonly most?: number;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly sides?: readonly Side[];
}

/** Gives a result with its verdict. Without a limit nothing is asked of it. */
export function judged(name: string, measured: number, options: JudgedOptions = {}): ScenarioResult {
  const { unit = "×", least, most, detail = {}, sides } = options;
  const target = [least !== undefined && `≥ ${least}`, most !== undefined && `≤ ${most}`];
  return {
    name,
    measured: Number(measured.toPrecision(3)),
    unit,
    target: target.filter(Boolean).join(", "),
    reached: Number.isFinite(measured) && measured >= (least ?? -Infinity) && measured <= (most ?? Infinity),
    detail,
    sides,
  };
}
