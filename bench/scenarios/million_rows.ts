import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startServer, type TestServer } from "@progimage/server/testing";
import { fetched } from "../in_flight.ts";
import { interleave } from "../interleave.ts";
import { idOfRow, makeManyRows } from "../many_rows.ts";
import { judged, type Scenario, type ScenarioResult } from "../scenario.ts";
import { type Latency, latencyOf, median, medianLatency, rounded } from "../statistics.ts";

const FEW = 1_000;
const MANY = 1_000_000;
const PAGES = 200;
const MOST = 1.5;

/** Whether a repository becomes slower as it fills. */
export const millionRows: Scenario = {
  name: "million-rows",
  summary: `finding an image by its id and the default page, through HTTP, with ${MANY.toLocaleString("en")} images against ${FEW.toLocaleString("en")}`,
  async run({ folder, quick, runs, report }) {
    const counts = { few: FEW, many: quick ? 10_000 : MANY };
    await using servers = new AsyncDisposableStack();
    const start = async (name: keyof typeof counts) => {
      const dataDir = join(folder, name);
      await mkdir(dataDir);
      report(`making ${counts[name].toLocaleString("en")} images`);
      makeManyRows(dataDir, counts[name]);
      const server = servers.use(await startServer({ dataDir, settings: { PROGIMAGE_LOG_LEVEL: "warn" } }));
      return { name: `${counts[name]} images`, server, ids: idsOf(counts[name]) };
    };
    const sides = [await start("few"), await start("many")];
    const lookups = Math.floor(FEW / (runs + 1));
    const results: ScenarioResult[] = [];
    const questions = {
      // None is asked for twice: what a process remembers of a second ago plays no part.
      "find by id": ({ server, ids }: (typeof sides)[number]) =>
        times(
          server,
          Array.from({ length: lookups }, () => `/images/${ids.next().value}/info`),
        ),
      "the default page": ({ server }: (typeof sides)[number]) =>
        times(server, Array<string>(PAGES).fill("/images")),
    };
    for (const [question, ask] of Object.entries(questions)) {
      const measured = await interleave<Latency>(new Map(sides.map((side) => [side.name, () => ask(side)])), {
        runs,
        onRun: (run, latencies) => {
          const figures = [...latencies].map(([name, { p50 }]) => `${name} ${p50} ms`);
          report(`${question}, run ${run} of ${runs}: ${figures.join(", ")}`);
        },
      });
      const [few = [], many = []] = measured.values();
      const ratio = median(many.map(({ p50 }, run) => p50 / (few[run]?.p50 ?? Number.NaN)));
      results.push(
        judged(`${question} of ${counts.many} images, of the time with ${FEW}`, ratio, {
          most: MOST,
          detail: { ratio: rounded(ratio, 4) },
          sides: [...measured].map(([name, latencies]) => ({ name, latency: medianLatency(latencies) })),
        }),
      );
    }
    return results;
  },
};

/** Gives ids from all over a catalog, in no order and none of them twice. */
function* idsOf(count: number): Generator<string> {
  // 611,953 is a prime: each place comes once.
  for (let index = 0; index < count; index++) yield idOfRow((index * 611_953) % count);
}

async function times({ url }: TestServer, paths: readonly string[]): Promise<Latency> {
  const milliseconds: number[] = [];
  for (const path of paths) {
    const startedAt = performance.now();
    await fetched(`${url}${path}`);
    milliseconds.push(performance.now() - startedAt);
  }
  return latencyOf(milliseconds);
}
