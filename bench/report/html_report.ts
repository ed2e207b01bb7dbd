import type { ScenarioResult, Side } from "../scenario.ts";
import { barChart, escaped } from "./bar_chart.ts";
import { figureText, kindsOf, measuredText, surroundings, verdictText } from "./figures.ts";
import type { Report, ScenarioReport } from "./report.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --line: #d9dce1; --soft: #626a75; --good: #18794e; --bad: #c62a2f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --paper: #16181c; --line: #353a42; --soft: #9aa3ae; --good: #4cc38a; --bad: #ff8b8b; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 0; border-top: 1px solid var(--line); padding-top: 1rem; font-size: 1.2rem; }
p { color: var(--soft); margin: 0.3rem 0; }
table { border-collapse: collapse; width: 100%; margin: 0.8rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.25rem 0.8rem 0.25rem 0; border-bottom: 1px solid var(--line); }
td.figure, th.figure { text-align: right; }
.reached { color: var(--good); } .missed { color: var(--bad); font-weight: 600; }
figure { margin: 1rem 0; } figcaption { font-size: 0.85rem; color: var(--soft); }
svg { width: 100%; max-width: 42rem; } svg text { font-size: 13px; fill: var(--ink); }
.bar-0 { fill: #3b82f6; } .bar-1 { fill: #94a3b8; } .bar-2 { fill: #f59e0b; } .bar-3 { fill: #a78bfa; } .bar-4 { fill: #14b8a6; }
details pre { overflow-x: auto; font-size: 0.8rem; }`;

/** Returns a report as one self-contained page of HTML. */
export function htmlReport(report: Report): string {
  const [machine, versions] = surroundings(report);
  const runs = `${report.runs} ${report.runs === 1 ? "run" : "runs"}, medians${report.quick ? " (quick: these figures mean nothing)" : ""}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>ProgImage bench, ${escaped(report.date.slice(0, 10))}</title><style>${STYLE}</style></head><body>
<h1>ProgImage bench</h1>
<p>${escaped(report.date)} · ${escaped(runs)}</p><p>${escaped(machine)}</p><p>${escaped(versions)}</p>
${report.notes.map((note) => `<p>${escaped(note)}</p>`).join("\n")}
${report.scenarios.map(scenarioSection).join("\n")}
</body></html>
`;
}

function scenarioSection({ name, summary, results, error }: ScenarioReport): string {
  return `<section><h2 id="${escaped(name)}">${escaped(name)}</h2><p>${escaped(summary)}</p>
${error ? `<p class="missed">Could not be measured: ${escaped(error)}</p>` : ""}
<table><tr><th>result</th><th class="figure">measured</th><th class="figure">target</th><th>verdict</th></tr>
${results.map(resultRow).join("\n")}</table>
${results.map(({ sides = [] }) => sidesOf(sides)).join("\n")}
<details><summary>Details</summary><pre>${escaped(JSON.stringify(details(results), null, 2))}</pre></details></section>`;
}

function resultRow(result: ScenarioResult): string {
  const verdict = verdictText(result);
  return `<tr><td>${escaped(result.name)}</td><td class="figure">${escaped(measuredText(result))}</td>
<td class="figure">${escaped(result.target)}</td><td class="${verdict}">${verdict}</td></tr>`;
}

function sidesOf(sides: readonly Side[]): string {
  const kinds = kindsOf(sides);
  if (kinds.length === 0) return "";
  const header = kinds.map(({ title }) => `<th class="figure">${title}</th>`).join("");
  const rows = sides.map((side) => {
    const cells = kinds.map(({ of }) => `<td class="figure">${figureText(of(side))}</td>`);
    return `<tr><td>${escaped(side.name)}</td>${cells.join("")}</tr>`;
  });
  const charts = kinds.map(({ title, of }) => {
    const bars = sides.flatMap((side) => {
      const figure = of(side);
      return figure === undefined || !Number.isFinite(figure) ? [] : [{ name: side.name, figure }];
    });
    return barChart(title, bars);
  });
  return `${charts.slice(0, 4).join("\n")}<table><tr><th>side</th>${header}</tr>${rows.join("\n")}</table>`;
}

function details(results: readonly ScenarioResult[]): unknown {
  return Object.fromEntries(results.map(({ name, detail }) => [name, detail]));
}
