import type { ScenarioResult } from "../scenario.ts";
import { figureText, kindsOf, measuredText, surroundings, verdictText } from "./figures.ts";
import { reasonFor, REASONS } from "./reasons.ts";
import type { Report } from "./report.ts";

/** Returns docs/benchmarks.md. */
export function benchmarksPage(report: Report, reasons: Readonly<Record<string, string>> = REASONS): string {
  const [machine, versions] = surroundings(report);
  const results = report.scenarios.flatMap((scenario) => scenario.results);
  const missed = [
    ...results
      .filter(({ reached }) => !reached)
      .map((result) => ({ name: result.name, found: `${measuredText(result)}, target ${result.target}` })),
    ...report.scenarios.flatMap(({ name, error }) =>
      error ? [{ name, found: `not measured: ${error}` }] : [],
    ),
  ].map(
    ({ name, found }) =>
      `- **${name}**: ${found}. ${reasonFor(name, reasons) ?? "The reason is not known yet."}`,
  );
  return `# Benchmarks

What \`bun run bench --write-docs\` (or \`npm run bench -- --write-docs\`) has measured on ${report.date.slice(0, 10)}. Ratios compare two sides
that were measured in turn in one run, so that a busy machine slows both; they are medians of ${report.runs} runs.

- Machine: ${machine}
- Versions: ${versions}
${report.notes.map((note) => `- ${note}\n`).join("")}
## What was asked

${table(["", "measured", "target", ""], results.filter(({ target }) => target !== "").map(row))}

## What missed its mark

${missed.join("\n") || "Nothing."}

${besides(results)}## Sides

${report.scenarios.flatMap((scenario) => scenario.results.flatMap(sidesTable)).join("\n\n")}
`;
}

/** Returns the results without a target, if there are any. */
function besides(results: readonly ScenarioResult[]): string {
  const rows = results
    .filter(({ target }) => target === "")
    .map((result) => [result.name, measuredText(result)]);
  return rows.length === 0 ? "" : `## Beside that\n\n${table(["", "measured"], rows)}\n\n`;
}

function row(result: ScenarioResult): string[] {
  return [result.name, measuredText(result), result.target, verdictText(result)];
}

function sidesTable({ name, sides = [] }: ScenarioResult): string[] {
  const kinds = kindsOf(sides);
  if (kinds.length === 0) return [];
  const rows = sides.map((side) => [side.name, ...kinds.map(({ of }) => figureText(of(side)))]);
  return [`### ${name}\n\n${table(["", ...kinds.map(({ title }) => title)], rows)}`];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
