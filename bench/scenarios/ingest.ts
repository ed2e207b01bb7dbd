import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cpuMilliseconds, startServer, type TestServer } from "@progimage/server/testing";
import { interleave } from "../interleave.ts";
import { postImages } from "../load/post_images.ts";
import { BareIngest } from "../rivals/bare_ingest.ts";
import { judged, type Scenario, type Side } from "../scenario.ts";
import { smallJpeg } from "../source_pictures.ts";
import { stamped } from "../stamped.ts";
import { type Latency, latencyOf, median, medianLatency, rounded } from "../statistics.ts";

const AT_A_TIME = 32;

/** The measurements of one side in one run. */
interface Taken {
  readonly perSecond: number;
  /** CPU milliseconds for each image. */
  readonly cpu: number;
  readonly latency?: Latency;
}

const SINGLE = "single uploads";
const FORM = "one form";
const BARE = "bare loop";
const GROUPED = "bare loop that commits in groups";

/** Many concurrent uploads of small new images, against the least work that they require. */
export const ingest: Scenario = {
  name: "ingest",
  summary: `JPEGs of 50 KB, ${AT_A_TIME} in flight and durable, against a loop that writes, hashes, probes, syncs and inserts`,
  async run({ folder, quick, images, runs, report }) {
    const count = quick ? 64 : 1_000;
    const jpeg = await smallJpeg(images);
    const picture = join(folder, "picture.jpg");
    await Bun.write(picture, jpeg);
    await using server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "warn" } });
    await using bare = new BareIngest({ folder, picture, probeProcesses: availableParallelism() + 2 });
    const bareSide = (isGrouped: boolean) => async (): Promise<Taken> => {
      const { seconds, cpu } = await bare.take({ count, atATime: AT_A_TIME, isGrouped });
      return { perSecond: count / seconds, cpu };
    };
    const sides = new Map([
      [SINGLE, () => uploadSingly(server, jpeg, count)],
      [BARE, bareSide(false)],
      [FORM, () => uploadForm(server, jpeg, count)],
      [GROUPED, bareSide(true)],
    ]);
    const measured = await interleave(sides, {
      runs,
      onRun: (run, sides) => {
        const each = [...sides].map(
          ([name, { perSecond, cpu }]) => `${name} ${rounded(perSecond)} (${rounded(cpu)} ms)`,
        );
        report(`run ${run} of ${runs}: ${each.join(", ")} a second`);
      },
    });
    const detail = Object.fromEntries(measured);
    const ratio = (name: string, figure: "cpu" | "perSecond") =>
      median(
        (measured.get(name) ?? []).map(
          (taken, run) => taken[figure] / (measured.get(BARE)?.[run]?.[figure] ?? NaN),
        ),
      );
    const name = `${Math.round(jpeg.length / 1000)} KB images in, ${AT_A_TIME} in flight`;
    return [
      judged(`${name}, of a bare loop`, ratio(SINGLE, "perSecond"), {
        least: 0.8,
        detail,
        sides: [...measured].map(([side, taken]) => sideOf(side, taken, jpeg.length)),
      }),
      judged(`${name} by one form, of a bare loop`, ratio(FORM, "perSecond")),
      judged(
        `${name}, a bare loop that commits in groups, of one that does not`,
        ratio(GROUPED, "perSecond"),
      ),
      judged(`${name}, processor time of a bare loop's`, ratio(SINGLE, "cpu")),
    ];
  },
};

/** Sends one request for each image, with as many connections as requests in flight. */
async function uploadSingly(server: TestServer, jpeg: Uint8Array, count: number): Promise<Taken> {
  const latencies: number[] = [];
  const taken = await timed(server, count, () =>
    postImages(server.url, jpeg, { count, atATime: AT_A_TIME, onAnswer: (ms) => latencies.push(ms) }),
  );
  return { ...taken, latency: latencyOf(latencies) };
}

/** Sends all images in one request. */
async function uploadForm(server: TestServer, jpeg: Uint8Array, count: number): Promise<Taken> {
  const form = new FormData();
  for (let index = 0; index < count; index++) form.append("file", new Blob([stamped(jpeg)]), `${index}.jpg`);
  return await timed(server, count, async () => {
    const response = await fetch(`${server.url}/images`, { method: "POST", body: form });
    const { items } = (await response.json()) as { items: readonly { readonly status: number }[] };
    const kept = items.filter(({ status }) => status === 201);
    if (kept.length !== count) throw new Error(`Cannot measure: ${kept.length} of ${count} images were kept`);
  });
}

async function timed(server: TestServer, count: number, work: () => Promise<void>): Promise<Taken> {
  const before = await cpuMilliseconds(server.pid);
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  return { perSecond: count / seconds, cpu: ((await cpuMilliseconds(server.pid)) - before) / count };
}

function sideOf(name: string, taken: readonly Taken[], bytes: number): Side {
  const latencies = taken.flatMap(({ latency }) => latency ?? []);
  const perSecond = rounded(median(taken.map((each) => each.perSecond)));
  return { name, perSecond, bytes, ...(latencies.length > 0 ? { latency: medianLatency(latencies) } : {}) };
}
