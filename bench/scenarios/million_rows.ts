import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { encodeCursor, offeredQueries, sharedPostgres } from "@progimage/core/testing";
import { startServer, type TestServer } from "@progimage/server/testing";
import { fetched } from "../in_flight.ts";
import { idOfRow, makeManyPostgresRows, makeManyRows, partsOfRows } from "../many_rows.ts";
import { judged, type Scenario, type ScenarioContext, type ScenarioResult } from "../scenario.ts";
import { type Latency, latencyOf, median, medianLatency, rounded } from "../statistics.ts";

const FEW = 1_000;
const MANY = 1_000_000;
const PAGES = 30;

/** The length of a page: every filter matches at least so many images, so that pages of both sides have the same length. */
const LENGTH = "20";

const MOST = 1.5;

/** Whether a repository slows down as it fills. */
export const millionRows: Scenario = {
  name: "million-rows",
  summary: `finding an image by its id, and every listing on offer, through HTTP, with ${MANY.toLocaleString("en")} images against ${FEW.toLocaleString("en")}, on SQLite and on Postgres`,
  async run(context) {
    const results = await measure("SQLite", startOnSqlite, context);
    if (await sharedPostgres()) results.push(...(await measure("Postgres", startOnPostgres, context)));
    else context.note("Postgres was not measured as there is none on this machine.");
    return results;
  },
};

/** A server with a given number of images. */
interface Side {
  readonly name: string;
  readonly server: TestServer;
  readonly count: number;
  /** Ids from the whole catalog, without repetition. */
  readonly ids: Iterator<string, string, void>;
}

type StartSide = (folder: string, count: number, stack: AsyncDisposableStack) => Promise<TestServer>;

async function measure(
  database: string,
  start: StartSide,
  { folder, quick, runs, report }: ScenarioContext,
): Promise<ScenarioResult[]> {
  await using stack = new AsyncDisposableStack();
  const sides: Side[] = [];
  for (const count of [FEW, quick ? 10_000 : MANY]) {
    report(`making ${count.toLocaleString("en")} images in ${database}`);
    const server = await start(join(folder, `${database}-${count}`), count, stack);
    sides.push({ name: `${count} images`, server, count, ids: idsOf(count) });
  }
  const results: ScenarioResult[] = [];
  for (const [question, variants] of await questionsOf(sides, Math.floor(FEW / (runs + 1)))) {
    const ratios: Record<string, number> = {};
    let worst: { readonly ratio: number; readonly measured: Measured } | undefined;
    for (const { name, pathsOf, isRepeatable } of variants) {
      let measured = await inTurns(sides, pathsOf, runs);
      // With so many variants, other load of the machine affects one of them. A variant that is really slow misses its target twice.
      if (ratioOf(measured) > MOST && isRepeatable) measured = await inTurns(sides, pathsOf, runs);
      const ratio = ratioOf(measured);
      ratios[name] = rounded(ratio);
      if (!worst || ratio > worst.ratio) worst = { ratio, measured };
    }
    report(`${database}, ${question}: ${JSON.stringify(ratios)}`);
    results.push(
      judged(
        `${database}, ${question} of ${sides[1]?.count} images, of the time with ${FEW}`,
        worst?.ratio ?? NaN,
        {
          most: MOST,
          detail: ratios,
          sides: [...(worst?.measured ?? [])].map(([name, latencies]) => ({
            name,
            latency: medianLatency(latencies),
          })),
        },
      ),
    );
  }
  return results;
}

const startOnSqlite: StartSide = async (dataDir, count, stack) => {
  await mkdir(dataDir);
  await makeManyRows(dataDir, count);
  return stack.use(await startServer({ dataDir, settings: SETTINGS }));
};

const startOnPostgres: StartSide = async (dataDir, count, stack) => {
  const postgres = await sharedPostgres();
  if (!postgres) throw new Error("Cannot measure Postgres as there is none on this machine");
  const { url } = stack.use(await postgres.freshDatabase());
  await makeManyPostgresRows(url, count, dataDir);
  return stack.use(await startServer({ dataDir, settings: { ...SETTINGS, PROGIMAGE_DATABASE_URL: url } }));
};

const SETTINGS = { PROGIMAGE_LOG_LEVEL: "warn", PROGIMAGE_RENDER_PROCESSES: "1" };

type Measured = ReadonlyMap<string, readonly Latency[]>;

/** One form of a question. */
interface Variant {
  readonly name: string;
  readonly pathsOf: (side: Side) => readonly string[];
  /** Whether the same paths may be requested again. */
  readonly isRepeatable: boolean;
}

/** Returns lookups, and all listings by their filter and order. */
async function questionsOf(
  sides: readonly Side[],
  lookups: number,
): Promise<ReadonlyMap<string, readonly Variant[]>> {
  const questions = new Map<string, Variant[]>();
  questions.set("find by id", [
    {
      name: "none twice",
      // Repeated ids would be cached in the process.
      pathsOf: ({ ids }) => Array.from({ length: lookups }, () => `/images/${ids.next().value}/info`),
      isRepeatable: false,
    },
  ]);
  const listings = new Map<Side, readonly Listing[]>();
  for (const side of sides) listings.set(side, await listingsOf(side));
  const [few = []] = listings.values();
  for (const [index, { question, name }] of few.entries()) {
    const pathsOf = (side: Side) => Array<string>(PAGES).fill(listings.get(side)?.[index]?.path ?? "");
    questions.set(question, [...(questions.get(question) ?? []), { name, pathsOf, isRepeatable: true }]);
  }
  return questions;
}

interface Listing {
  readonly question: string;
  readonly name: string;
  readonly path: string;
}

async function listingsOf({ server, count }: Side): Promise<readonly Listing[]> {
  const someImage = await fetched(`${server.url}/images/${idOfRow(count >> 1)}/info`);
  const { sha256 } = JSON.parse(new TextDecoder().decode(someImage));
  return offeredQueries(partsOfRows(count, sha256)).map((query) => {
    const { order, descending, limit: _limit, after, metadata = {}, ...others } = query;
    const ofMetadata = Object.entries(metadata).map(([key, text]) => [`metadata.${key}`, text]);
    const filters = { ...others, ...(Object.fromEntries(ofMetadata) as Record<string, string>) };
    const names = Object.keys(filters);
    const values = Object.entries(filters).flatMap(([name, value]) =>
      [value]
        .flat()
        .map((each): [string, string] => [
          name,
          typeof each === "number" ? new Date(each).toISOString() : each,
        ]),
    );
    const parameters = new URLSearchParams([
      ["order", (descending ? "-" : "") + order],
      ["limit", LENGTH],
      ...values,
    ]);
    if (after) parameters.set("cursor", encodeCursor(order, after));
    return {
      question: `pages by ${names[0] && !names[0].startsWith("created") ? names[0] : order}`,
      name: [descending ? "descending" : "ascending", ...names, ...(after ? ["cursor"] : [])].join(" "),
      path: `/images?${parameters}`,
    };
  });
}

function ratioOf(measured: Measured): number {
  const [few = [], many = []] = measured.values();
  return median(many.map(({ p50 }, run) => p50 / (few[run]?.p50 ?? Number.NaN)));
}

/** Yields ids from the whole catalog, in mixed order and without repetition. */
function* idsOf(count: number): Generator<string, string, void> {
  // 611,953 is a prime, so each index occurs once.
  for (let index = 0; index < count; index++) yield idOfRow((index * 611_953) % count);
  throw new RangeError(`Cannot give more ids than ${count}`);
}

/**
 * Sends requests to all sides in turn, one at a time. A request takes less than a millisecond, and other load of the machine lasts
 * longer, so it affects all sides. The first run is dropped.
 */
async function inTurns(sides: readonly Side[], pathsOf: Variant["pathsOf"], runs: number): Promise<Measured> {
  const measured = new Map(sides.map(({ name }): [string, Latency[]] => [name, []]));
  for (let run = 0; run <= runs; run++) {
    const asked = sides.map((side) => ({ side, paths: pathsOf(side), milliseconds: [] as number[] }));
    for (let index = 0; index < (asked[0]?.paths.length ?? 0); index++) {
      for (const { side, paths, milliseconds } of index % 2 === 0 ? asked : asked.toReversed()) {
        const startedAt = performance.now();
        await fetched(`${side.server.url}${paths[index]}`);
        milliseconds.push(performance.now() - startedAt);
      }
    }
    if (run === 0) continue;
    for (const { side, milliseconds } of asked) measured.get(side.name)?.push(latencyOf(milliseconds));
  }
  return measured;
}
