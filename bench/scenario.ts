import type { UrlRival } from "./rivals/url_rival.ts";
import type { Latency } from "./statistics.ts";

/** The environment of a scenario. */
export interface ScenarioContext {
  /** The folder for its files. */
  readonly folder: string;
  /** The number of measurements of each side. */
  readonly runs: number;
  /** Whether everything is short and small: this tests the scenario, and its figures mean nothing. */
  readonly quick: boolean;
  /** A folder of pictures to use instead of generated ones. */
  readonly images?: string;
  /** Other servers to measure as well. */
  readonly rivals: readonly UrlRival[];
  /** Reports progress. */
  readonly report: (line: string) => void;
  /** Adds a note to the report, once. */
  readonly note: (text: string) => void;
}

/** The measurements of one side, as bars in the report: medians of all runs. */
export interface Side {
  readonly name: string;
  readonly perSecond?: number;
  /** The latency in milliseconds. */
  readonly latency?: Latency;
  /** The size of one result. */
  readonly bytes?: number;
  /** The SSIM of the result, compared with a lossless reference. */
  readonly quality?: number;
}

/** A measurement and its target. */
export interface ScenarioResult {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  /** The target, such as `≥ 1`; empty if there is none. */
  readonly target: string;
  readonly reached: boolean;
  /** The underlying figures. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** The sides that it compares. */
  readonly sides?: readonly Side[];
}

/** A question that the bench answers. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Whether it takes so long that it runs only by name. */
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

/** Returns a result with its verdict. Without a limit it has no target. */
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
