import { expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { type FlippedCopy, flippedCopies, specimens } from "./testing_flipped_copies.ts";
import { httpProcessOf } from "./testing_vitals.ts";

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";
const COPIES = IS_LONG ? 5_000 : 150;
const SEED = Number(process.env["PROGIMAGE_TRUST_SEED"] ?? 20_261_130);
const AT_A_TIME = 4;

/** A request that takes longer has hung: all deadlines of the server are shorter. */
const HUNG_MILLISECONDS = 60_000;

const RENDERS = [".webp?resize=64x64", ".png", ".jpg?rotate=90"];

/** Allowed answers to a broken file besides 2xx and 4xx: `busy` when its work has crashed a process for the first time. */
const DOCUMENTED_FAILURES: ReadonlySet<string> = new Set(["503 busy"]);

test(`the server takes or refuses each of ${COPIES} copies with flipped bits, and neither fails nor hangs`, async () => {
  const all = await specimens(process.env["PROGIMAGE_CORPUS"]);
  console.log(`${COPIES} copies of ${all.length} files, PROGIMAGE_TRUST_SEED=${SEED}`);
  await using server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "warn" } });
  await until("the server is ready", async () => (await fetch(`${server.url}/readyz`)).ok);
  const { pid } = await httpProcessOf(server);
  const copies = flippedCopies(all, { count: COPIES, seed: SEED });
  const tally: Record<string, number> = {};
  const faults: string[] = [];
  const takeCopies = async () => {
    for (const copy of copies) {
      for (const outcome of await outcomesOf(server, copy)) {
        tally[outcome] = (tally[outcome] ?? 0) + 1;
        if (isFault(outcome)) faults.push(`${outcome}: copy ${copy.number}, of ${copy.specimen}`);
      }
      if (copy.number % 500 === 499) console.log(`${copy.number + 1} of ${COPIES} copies`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, takeCopies));
  console.table(tally);
  expect(faults).toEqual([]);
  expect((await httpProcessOf(server)).pid).toBe(pid);
}, 3_600_000);

/** Returns the status and code of the answer to a copy, and of each of its renders. */
async function outcomesOf(server: TestServer, { bytes }: FlippedCopy): Promise<readonly string[]> {
  const upload = await ask(`${server.url}/images`, { method: "POST", body: bytes });
  if (!upload.id) return [upload.outcome];
  const renders: string[] = [];
  for (const render of RENDERS)
    renders.push((await ask(`${server.url}/images/${upload.id}${render}`)).outcome);
  return [upload.outcome, ...renders];
}

function isFault(outcome: string): boolean {
  return !/^[24]/.test(outcome) && !DOCUMENTED_FAILURES.has(outcome);
}

interface Asked {
  readonly outcome: string;
  /** The id of the stored image. */
  readonly id?: string;
}

async function ask(url: string, init: RequestInit = {}): Promise<Asked> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(HUNG_MILLISECONDS) });
    const bytes = await response.bytes();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    const { code = "", id } = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : {};
    return { outcome: `${response.status} ${code}`.trim(), id: response.status === 201 ? id : undefined };
  } catch (error) {
    return { outcome: `no answer: ${(error as Error).name}` };
  }
}
