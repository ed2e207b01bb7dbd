import { expect, test } from "bun:test";
import { newKeyText, writeKeyText } from "@progimage/core";
import { until } from "@progimage/core/testing";
import { startKeyed } from "../end_to_end/testing_keys.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { Load } from "./testing_load.ts";
import { quantile } from "./testing_quantile.ts";
import { httpProcessOf } from "./testing_vitals.ts";

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";
const PER_MINUTE = 60;
/** A hundred times the rate, for some minutes of it. */
const REQUESTS = 100 * PER_MINUTE * (IS_LONG ? 10 : 1);
const CLIENTS = 20;

/** Other tests share the machine in a short run. */
const MOST_CPU_MILLISECONDS = IS_LONG ? 0.2 : 1;
const KEYED_P99_MILLISECONDS = IS_LONG ? 50 : 5_000;

test("strangers far above their rate cost little, and harm no caller with a key", async () => {
  await using keyed = await startKeyed({ settings: { PROGIMAGE_STRANGER_REQUESTS: String(PER_MINUTE) } });
  const { ask, server } = keyed;
  const http = await httpProcessOf(server);
  const id = await keyed.upload(await noise(1, 400, 300));
  const { key } = await keyed.makeKey("images:read", "recipes:run");
  const startedAt = performance.now();
  const before = await http.cpuMilliseconds();
  const load = new Load({
    url: server.url,
    keeping: CLIENTS,
    connecting: 0,
    next: () => ({ method: "GET", path: "/transforms" }),
  });
  await until("the strangers have sent enough", async () => load.count >= REQUESTS, 200_000);
  const cpu = ((await http.cpuMilliseconds()) - before) / load.count;
  const times: number[] = [];
  const statuses = new Set<number>();
  for (let sent = 0; sent < 200; sent++) {
    const sentAt = performance.now();
    statuses.add((await ask(`/images/${id}.webp?resize=100x`, { key })).status);
    times.push(performance.now() - sentAt);
  }
  await load[Symbol.asyncDispose]();
  const p99 = quantile(
    times.toSorted((one, other) => one - other),
    0.99,
  );
  const allowed = load.answered.get(200) ?? 0;
  console.log({ cpuMilliseconds: cpu, keyedP99: p99, answered: Object.fromEntries(load.answered) });
  expect([...load.answered.keys()].toSorted()).toEqual([200, 429]);
  expect(allowed).toBeLessThanOrEqual(PER_MINUTE + (performance.now() - startedAt) / 1_000 + 1);
  expect(load.lost).toEqual([]);
  expect(cpu).toBeLessThan(MOST_CPU_MILLISECONDS);
  expect([...statuses]).toEqual([200]);
  expect(p99).toBeLessThan(KEYED_P99_MILLISECONDS);
}, 300_000);

test("an address that tries keys is refused before their look-up, and callers with known keys are not", async () => {
  await using keyed = await startKeyed({ settings: { PROGIMAGE_STRANGER_REQUESTS: "5" } });
  const { ask } = keyed;
  const [seen, unseen] = [await keyed.makeKey("images:read"), await keyed.makeKey("images:read")];
  const statusWith = async (key: string) => (await ask("/images", { key })).status;
  expect(await statusWith(seen.key)).toBe(200);
  const statuses: number[] = [];
  for (let tried = 0; tried < 6; tried++) statuses.push(await statusWith(writeKeyText(newKeyText())));
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  expect(await statusWith(unseen.key)).toBe(429);
  expect(await statusWith(seen.key)).toBe(200);
}, 60_000);

test("a caller that has used up its time of rendering gets cached pictures, and no new ones", async () => {
  await using keyed = await startKeyed({ settings: { PROGIMAGE_KEY_RENDER_MS: "20" } });
  const { ask } = keyed;
  const id = await keyed.upload(await noise(2, 2_000, 1_500));
  const { key } = await keyed.makeKey("images:read", "recipes:run");
  const other = await keyed.makeKey("images:read", "recipes:run");
  const width = (pixels: number) => `/images/${id}.webp?resize=${pixels}x`;
  expect((await ask(width(1_500), { key })).status).toBe(200);
  const refused = await ask(width(700), { key });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: "rate_limited" });
  const service = await ask("/render?resize=10x", {
    key,
    method: "POST",
    body: Uint8Array.from(await noise(3)),
  });
  expect(service.status).toBe(429);
  expect((await ask(width(1_500), { key })).status).toBe(200);
  expect((await ask(width(700), { key: other.key })).status).toBe(200);
  expect((await ask(width(700), { key })).status).toBe(200);
}, 60_000);
