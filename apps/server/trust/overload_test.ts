import { expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer } from "../end_to_end/testing_server.ts";
import { type LoadReport, offerLoad } from "./testing_offered_load.ts";
import { httpProcessOf, watchHealth } from "./testing_vitals.ts";

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";
const OVERLOAD_MILLISECONDS = IS_LONG ? 60_000 : 5_000;
const CAPACITY_MILLISECONDS = IS_LONG ? 20_000 : 2_000;
const TIMES = 10;

/** The minimum share of the capacity under overload. A short run measures little, on a busy machine. */
const LEAST_GOODPUT = IS_LONG ? 0.9 : 0.4;
const REFUSAL_MILLISECONDS = IS_LONG ? 20 : 1_000;
const HEALTH_P99_MILLISECONDS = IS_LONG ? 100 : 5_000;

test(`the server keeps its throughput at ${TIMES} times its capacity, and refuses the rest immediately`, async () => {
  await using server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "warn" } });
  await until("the server is ready", async () => (await fetch(`${server.url}/readyz`)).ok);
  const http = await httpProcessOf(server);
  const { id } = await server.client.images.upload(await noise(1, 1_600, 1_200));
  let number = 0;
  // All URLs are different, and cost the same.
  const nextUrl = () => `${server.url}/images/${id}.webp?resize=800x&hue=${(++number % 36_000) / 100}`;
  await offerLoad({ nextUrl, milliseconds: 1_000, callers: 3 });
  const measure = async () =>
    (await offerLoad({ nextUrl, milliseconds: CAPACITY_MILLISECONDS, callers: 4 })).goodput;
  const before = await measure();
  expect(before).toBeGreaterThan(0);
  await using watch = await watchHealth(server.url);
  const rate = TIMES * before;
  const overload = await offerLoad({ nextUrl, milliseconds: OVERLOAD_MILLISECONDS, rate });
  const health = await watch.end();
  // The speed of the machine may have changed meanwhile.
  const after = await measure();
  const share = overload.goodput / ((before + after) / 2);
  console.log({ capacity: { before, after }, overload, share, health });
  expect(unexpected(overload)).toEqual([]);
  expect(overload.others[503] ?? 0).toBeGreaterThan(overload.sent / 2);
  expect(share).toBeGreaterThan(LEAST_GOODPUT);
  expect(overload.refusalMedian).toBeLessThan(REFUSAL_MILLISECONDS);
  expect(health.failures).toBe(0);
  expect(health.p99Milliseconds).toBeLessThan(HEALTH_P99_MILLISECONDS);
  expect((await httpProcessOf(server)).pid).toBe(http.pid);
}, 300_000);

/** Returns the statuses that overload must not cause. */
function unexpected({ others }: LoadReport): readonly string[] {
  return Object.keys(others).filter((status) => status !== "503");
}
