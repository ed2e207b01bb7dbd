import { expect, test } from "bun:test";
import { judged } from "../scenario.ts";
import { benchmarksPage } from "./benchmarks_page.ts";
import { htmlReport } from "./html_report.ts";
import { describeMachine, findVersions, type Report } from "./report.ts";

const latency = { p50: 1, p90: 2, p99: 3.5, p999: 12 };
const report: Report = {
  date: "2026-02-03T04:05:06.000Z",
  runs: 5,
  quick: false,
  machine: describeMachine(),
  versions: await findVersions(),
  notes: ["A note with <b>."],
  scenarios: [
    { name: "lost", summary: "what failed", results: [], error: "Cannot start <it>" },
    {
      name: "cold",
      summary: "cold renders",
      results: [
        judged("cold, of raw <sharp>", 0.912_345, {
          least: 0.95,
          sides: [
            { name: "ours & more", perSecond: 91, latency, bytes: 20_480, quality: 0.98 },
            { name: "raw", perSecond: 100 },
          ],
        }),
        judged("hot", 0.8, { least: 0.75 }),
        judged("uploads", 12_345, { unit: "a second" }),
      ],
    },
  ],
};

test("judged compares with the least and the most, and never accepts a missing measurement", () => {
  expect(judged("a", 1, { least: 1 })).toMatchObject({ target: "≥ 1", reached: true });
  expect(judged("a", 0.949, { least: 0.95 }).reached).toBe(false);
  expect(judged("a", 3.01, { most: 3 })).toMatchObject({ target: "≤ 3", reached: false });
  expect(judged("a", Number.NaN).reached).toBe(false);
  expect(judged("a", Infinity, { least: 1 }).reached).toBe(false);
});

test("htmlReport is one well-formed page that loads nothing and escapes names", async () => {
  const html = htmlReport(report);
  expect(html.match(/\b(?:src|href)=|@import|url\(/g)).toBeNull();
  expect(html).toContain("cold, of raw &lt;sharp&gt;");
  expect(html).not.toContain("<sharp>");
  expect(html).toContain("Could not be measured: Cannot start &lt;it&gt;");
  const seen: string[] = [];
  let bars = 0;
  const rewriter = new HTMLRewriter()
    .on("td", { text: ({ text }) => void seen.push(text) })
    .on("svg rect", { element: () => void bars++ });
  await rewriter.transform(new Response(html)).text();
  expect(seen.join("|")).toContain("0.912 ×");
  expect(seen).toContain("missed");
  // Two sides have a rate; three more charts have one side each.
  expect(bars).toBe(5);
});

test("benchmarksPage names the machine, every ratio and what missed with the reason kept by hand", () => {
  const page = benchmarksPage(report, { "cold, of": "The machine was asleep." });
  expect(page).toContain(report.machine.cpu);
  expect(page).toContain("| hot | 0.8 × | ≥ 0.75 | reached |");
  expect(page).toContain("- **cold, of raw <sharp>**: 0.912 ×, target ≥ 0.95. The machine was asleep.");
  expect(page).toContain("| uploads | 12,300 a second |");
  expect(page).toContain("| ours & more | 91 | 1 | 2 | 3.5 | 12 | 20,480 | 0.98 |");
  expect(page).toContain("- **lost**: not measured: Cannot start <it>. The reason");
  expect(benchmarksPage(report, {})).toContain("The reason is not known yet.");
});
