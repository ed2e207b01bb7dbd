import type { ScenarioResult, Side } from "../scenario.ts";
import type { Report } from "./report.ts";

/** A figure of a side, as charts and tables show it. */
export interface FigureKind {
  readonly title: string;
  readonly of: (side: Side) => number | undefined;
}

export const FIGURE_KINDS: readonly FigureKind[] = [
  { title: "a second", of: (side) => side.perSecond },
  { title: "p50, ms", of: (side) => side.latency?.p50 },
  { title: "p90, ms", of: (side) => side.latency?.p90 },
  { title: "p99, ms", of: (side) => side.latency?.p99 },
  { title: "p99.9, ms", of: (side) => side.latency?.p999 },
  { title: "bytes", of: (side) => side.bytes },
  { title: "SSIM", of: (side) => side.quality },
];

/** Returns the kinds of figures that at least one side has. */
export function kindsOf(sides: readonly Side[]): readonly FigureKind[] {
  return FIGURE_KINDS.filter(({ of }) => sides.some((side) => of(side) !== undefined));
}

/** Returns a number as text with separators, or an empty text if there is none. */
export function figureText(figure: number | null | undefined): string {
  return Number.isFinite(figure ?? Number.NaN)
    ? (figure ?? 0).toLocaleString("en", { maximumFractionDigits: 4 })
    : "–";
}

/** Returns a measurement with its unit. */
export function measuredText({ measured, unit }: Pick<ScenarioResult, "measured" | "unit">): string {
  return `${figureText(measured)} ${unit}`.trim();
}

/** Returns the target of a result and whether it was reached. */
export function verdictText({ target, reached }: Pick<ScenarioResult, "target" | "reached">): string {
  return target === "" ? "nothing asked" : reached ? "reached" : "missed";
}

/** Returns the machine and the versions in two lines. */
export function surroundings({ machine, versions }: Report): readonly [machine: string, versions: string] {
  const { cpu, cores, memoryGiB, kernel } = machine;
  const installed = Object.entries(versions).map(
    ([name, version]) => `${name} ${version ?? "not installed"}`,
  );
  return [`${cpu}, ${cores} cores, ${memoryGiB} GiB, ${kernel}`, installed.join(", ")];
}
