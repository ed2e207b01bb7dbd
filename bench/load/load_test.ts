import { afterAll, expect, test } from "bun:test";
import { readAutocannon, runAutocannon } from "./autocannon.ts";
import { closedLoop } from "./closed_loop.ts";
import { addLoads, perSecond, rateBetween } from "./load.ts";
import { openLoop } from "./open_loop.ts";
import { readWrk } from "./wrk.ts";

const asked = new Set<string>();
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const { pathname } = new URL(request.url);
    asked.add(pathname);
    return new Response(request.headers.get("x-word"), { status: pathname === "/bad" ? 503 : 200 });
  },
});
const origin = `http://127.0.0.1:${server.port}`;
const headers = { "x-word": "word" };
afterAll(() => server.stop(true));

test("readWrk reads the output of our script below that of wrk itself", () => {
  const text = [
    "Running 1s test @ http://127.0.0.1:3000",
    "  1 threads and 4 connections",
    'measured {"answers":1000,"refused":2,"lost":1,"bytes":5000,"seconds":1.001,"p50":0.5,"p90":0.75,"p99":1.25,"p999":4,"first":0,"last":0}',
    "",
  ].join("\n");
  expect(readWrk({ text, cores: 0.5 })).toEqual({
    generator: "wrk",
    answers: 1000,
    failures: 3,
    seconds: 1.001,
    bytes: 5000,
    latency: { p50: 0.5, p90: 0.75, p99: 1.25, p999: 4 },
    cores: 0.5,
  });
  expect(() => readWrk({ text: "unable to connect", cores: 0 })).toThrow("unable to connect");
});

test("perSecond counts between the first and the last answer if these are known", () => {
  const text = 'measured {"answers":11,"refused":0,"lost":0,"bytes":0,"seconds":9,"first":100,"last":105}';
  expect(perSecond(readWrk({ text, cores: 0 }))).toBe(2);
  expect(rateBetween(1, 100, 100)).toBe(0);
});

test("readAutocannon counts answers of 400 and more as failures", () => {
  const statuses = [
    [200, 90],
    [304, 5],
    [503, 5],
  ];
  const text = JSON.stringify({ errors: 1, statuses, seconds: 2, bytes: 10, times: [1, 2, 3] });
  const load = readAutocannon({ text, cores: 0.9 });
  expect(load).toMatchObject({ answers: 100, failures: 6, latency: { p50: 2 } });
  expect(() => perSecond(load)).toThrow("6 of 100 requests");
});

test("addLoads adds the results of concurrent generators", () => {
  const latency = { p50: 1, p90: 1, p99: 1, p999: 1 };
  const one = { generator: "wrk", answers: 10, failures: 0, seconds: 2, bytes: 100, latency, cores: 0.1 };
  const sum = addLoads([one, { ...one, answers: 30, latency: { ...latency, p99: 5 } }]);
  expect(sum).toMatchObject({ answers: 40, bytes: 200, latency: { p50: 1, p99: 5 } });
  expect(perSecond(sum)).toBe(20);
  const slow = { ...one, first: 100, last: 103 };
  const { first, last } = addLoads([{ ...one, answers: 0 }, slow, { ...slow, first: 101, last: 104 }]);
  expect([first, last]).toEqual([100, 104]);
});

test("closedLoop walks the paths with its headers, with the installed generator", async () => {
  asked.clear();
  const paths = ["/1", "/2", "/3"];
  const load = await closedLoop({ origins: [origin], paths, connections: 2, seconds: 1, headers });
  expect(perSecond(load)).toBeGreaterThan(100);
  expect([...asked].toSorted()).toEqual(paths);
  expect(load.bytes).toBeGreaterThan(load.answers * "word".length);
  expect(load.first).toBeUndefined();
  const slow = { origins: [origin, origin], paths, connections: 2, seconds: 1, isSlow: true };
  const { first = 0, last = 0 } = await closedLoop(slow);
  expect(last - first).toBeWithin(0.5, 2);
});

test("runAutocannon walks the paths with its headers, and counts what fails", async () => {
  asked.clear();
  const paths = ["/4", "/5", "/bad"];
  const load = await runAutocannon({ origins: [origin], paths, connections: 2, seconds: 1, headers });
  expect([...asked].toSorted()).toEqual(paths);
  expect(load.failures / load.answers).toBeCloseTo(1 / 3, 1);
  expect(load.latency.p50).toBeLessThan(100);
});

test("openLoop sends at a constant rate and keeps the times of each status apart", async () => {
  const load = { origin, paths: ["/1", "/1", "/1", "/bad"], rate: 400, seconds: 1, headers };
  const { byStatus, unanswered } = await openLoop(load);
  expect([byStatus.get(200)?.length, byStatus.get(503)?.length, unanswered]).toEqual([300, 100, 0]);
});
