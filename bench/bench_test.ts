import { afterAll, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "./options.ts";
import type { Report } from "./report/report.ts";
import { rivalUrl } from "./rivals/url_rival.ts";
import { chooseScenarios, SCENARIOS } from "./scenarios.ts";

const folder = await mkdtemp(join(tmpdir(), "progimage-bench-test-"));
afterAll(() => rm(folder, { recursive: true }));

const bench = async (...args: string[]) => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "main.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, output, errors };
};

test("bench measures scenarios in a hurry and writes its report as JSON and as a page", async () => {
  const { code, output, errors } = await bench("--quick", "--output", folder, "cold-small", "hot-hits");
  expect([code, errors.includes("could not be measured")]).toEqual([0, false]);
  expect(output).toContain("cold render, 800 px JPEG to 200 px, of raw sharp");
  const files = (await readdir(folder)).toSorted();
  expect(files.map((name) => name.slice(name.lastIndexOf(".")))).toEqual([".html", ".json"]);
  const report: Report = await Bun.file(join(folder, files[1] ?? "")).json();
  expect(report).toMatchObject({ quick: true, runs: 1, versions: { bun: Bun.version } });
  expect(report.scenarios.map(({ name }) => name)).toEqual(["cold-small", "hot-hits"]);
  const [ours, raw] = report.scenarios[0]?.results.find(({ sides }) => sides)?.sides ?? [];
  expect(ours?.bytes).toBeGreaterThan(500);
  expect(ours?.quality).toBeGreaterThan(0.9);
  expect(raw?.perSecond).toBeGreaterThan(1);
  expect(await Bun.file(join(folder, files[0] ?? "")).text()).toContain("<svg");
}, 60_000);

test("bench lists all scenarios if a name is unknown", async () => {
  const { code, errors } = await bench("--quick", "hot-hitz");
  expect([code, errors]).toEqual([2, expect.stringContaining("must be one of cold-jpeg, ")]);
});

test("chooseScenarios leaves out scenarios that run only by name", () => {
  const names = SCENARIOS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(chooseScenarios([]).map(({ name }) => name)).not.toContain("long-run");
  expect(chooseScenarios(["long-run"])).toHaveLength(1);
});

test("readOptions reads rivals and refuses invalid ones", () => {
  const template = "http://127.0.0.1:8080/insecure/rs:fit:{width}:{height}/q:{quality}/plain/{url}@{format}";
  const [rival] = readOptions(["--rival", `imgproxy=${template}`]).rivals;
  expect(rival).toEqual({ name: "imgproxy", template });
  const values = { width: 512, height: 8000, quality: 80, url: "http://127.0.0.1:1/a b.jpg", format: "jpeg" };
  expect(rivalUrl({ name: "imgproxy", template }, values).pathname).toBe(
    "/insecure/rs:fit:512:8000/q:80/plain/http%3A%2F%2F127.0.0.1%3A1%2Fa%20b.jpg@jpeg",
  );
  expect(() => readOptions(["--rival", "imgproxy"])).toThrow("must be NAME=URL_TEMPLATE");
  expect(() => readOptions(["--rival", "imgproxy=http://127.0.0.1/{width}"])).toThrow("must have {url}");
  expect(() => rivalUrl({ name: "a", template: "http://a/{size}/{url}" }, values)).toThrow("{size}");
  expect(() => readOptions(["--runs", "0"])).toThrow("from 1 on");
});
