import { expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { noise } from "../end_to_end/testing_pictures.ts";
import { descendants, startServer, type TestServer } from "../end_to_end/testing_server.ts";
import type { Bomb } from "./bombs/testing_bomb.ts";
import { BOMBS } from "./bombs/testing_bombs.ts";
import { type HttpProcess, httpProcessOf, watchHealth } from "./testing_vitals.ts";

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";

/** The maximum time for a refusal by header. A busy machine needs more, so only the long run on a quiet machine has the strict limit. */
const HEADER_MILLISECONDS = IS_LONG ? 300 : 5_000;
const HEALTH_P99_MILLISECONDS = IS_LONG ? 100 : 5_000;
const MOST_GROWTH_BYTES = 50_000_000;

/** A 503 of a busy machine proves nothing; a bomb that reaches a limit is refused at the first attempt. */
const TRIES = 2;

/** The CPU time of a bomb that is refused by a limit. */
const DEADLINE_MILLISECONDS = IS_LONG ? "2000" : "1000";
const SETTINGS = {
  PROGIMAGE_RENDER_PROCESSES: "2",
  PROGIMAGE_PROBE_PROCESSES: "1",
  PROGIMAGE_PROBE_DEADLINE_MS: DEADLINE_MILLISECONDS,
  PROGIMAGE_RENDER_DEADLINE_MS: DEADLINE_MILLISECONDS,
  PROGIMAGE_LOG_LEVEL: "silent",
};

/** The render processes and the probe process. */
const PROCESSES = 3;

const CHOSEN = BOMBS.filter(({ isLong = false }) => IS_LONG || !isLong);

/** The answers to a bomb, and the fault in them. */
interface Outcome {
  readonly bomb: string;
  readonly kilobytes: number;
  /** The statuses and codes of all answers. */
  readonly answers: string;
  /** The time of the fastest refusal, in milliseconds. */
  readonly milliseconds: number;
  readonly fault: string;
}

test(`the server refuses each of ${CHOSEN.length} bombs with a 4xx, while it answers others and stays small`, async () => {
  await using server = await startServer({ settings: SETTINGS });
  await until("the server is ready", async () => (await fetch(`${server.url}/readyz`)).ok);
  const http = await httpProcessOf(server);
  await warmUp(server);
  const memory = await http.residentBytes();
  let most = memory;
  await using watch = await watchHealth(server.url);
  const outcomes: Outcome[] = [];
  for (const bomb of CHOSEN) {
    outcomes.push(await send(server, http, bomb));
    most = Math.max(most, await http.residentBytes());
  }
  const health = await watch.end();
  console.table(outcomes);
  console.log({ growthMb: Math.round((most - memory) / 1e6), health });
  expect(outcomes.filter(({ fault }) => fault !== "")).toEqual([]);
  expect(most - memory).toBeLessThan(MOST_GROWTH_BYTES);
  expect(health.failures).toBe(0);
  expect(health.p99Milliseconds).toBeLessThan(HEALTH_P99_MILLISECONDS);
  expect((await httpProcessOf(server)).pid).toBe(http.pid);
}, 600_000);

/** The first uploads and renders of any kind increase memory use. */
async function warmUp({ client, url }: TestServer): Promise<void> {
  for (let seed = 0; seed < 20; seed++) {
    const { id } = await client.images.upload(await noise(seed, 800, 600));
    await (await fetch(`${url}/images/${id}.png`)).bytes();
  }
}

async function send(server: TestServer, http: HttpProcess, bomb: Bomb): Promise<Outcome> {
  const body = new Uint8Array(await bomb.make());
  const isComplete = async () => (await descendants(http.pid)).length === PROCESSES;
  await until(`processes that ended before ${bomb.name} are replaced`, isComplete);
  const processes = String(await descendants(http.pid));
  const answers: Answer[] = [];
  for (let tries = 0; tries < TRIES && answers.at(-1)?.status !== 201 && !isFinal(answers); tries++)
    answers.push(await ask(`${server.url}/images`, { method: "POST", body }));
  const id = answers.at(-1)?.id;
  if (id)
    for (let tries = 0; tries < TRIES && !isFinal(answers); tries++)
      answers.push(await ask(`${server.url}/images/${id}.png`));
  const wasKilled = processes !== String(await descendants(http.pid));
  const milliseconds =
    bomb.met === "header" ? await quickest(server, body, answers) : (answers.at(-1)?.milliseconds ?? 0);
  return {
    bomb: bomb.name,
    kilobytes: Math.round(body.length / 1_000),
    answers: answers.map(({ status, code }) => `${status} ${code}`.trim()).join(", "),
    milliseconds: Math.round(milliseconds),
    fault: faultOf(bomb, { answers, wasKilled, milliseconds }),
  };
}

/** Returns the fault of an outcome, or an empty text. */
function faultOf(
  { met }: Bomb,
  {
    answers,
    wasKilled,
    milliseconds,
  }: { readonly answers: readonly Answer[]; readonly wasKilled: boolean; readonly milliseconds: number },
): string {
  const last = answers.at(-1)?.status ?? 0;
  if (answers.some(({ status }) => status >= 500 && status !== 503)) return "a 5xx";
  // On a busy machine any deadline may pass.
  if (met === "harmless") return last < 500 && !(wasKilled && IS_LONG) ? "" : "it is not harmless";
  if (!isFinal(answers) || last === 200) return "it is not refused";
  if (met === "limit") return "";
  if (answers.length > 1 || wasKilled) return "its header does not suffice";
  return milliseconds < HEADER_MILLISECONDS ? "" : "its refusal takes too long";
}

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly id: string | undefined;
  readonly milliseconds: number;
}

/** Whether another attempt would be pointless. */
function isFinal(answers: readonly Answer[]): boolean {
  const last = answers.at(-1)?.status;
  return last !== undefined && last !== 201 && last !== 503;
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const start = performance.now();
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(60_000) });
  const bytes = await response.bytes();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  const { code = "", id } = isJson ? (JSON.parse(new TextDecoder().decode(bytes)) as Partial<Answer>) : {};
  return { status: response.status, code, id, milliseconds: performance.now() - start };
}

/** Returns the shortest time of a refusal in a few attempts. */
async function quickest(
  server: TestServer,
  body: Uint8Array<ArrayBuffer>,
  answers: readonly Answer[],
): Promise<number> {
  const times = answers.map(({ milliseconds }) => milliseconds);
  for (let tries = 0; tries < 4 && Math.min(...times) > 300; tries++)
    times.push((await ask(`${server.url}/images`, { method: "POST", body })).milliseconds);
  return Math.min(...times);
}
