import { availableParallelism } from "node:os";
import { startServer } from "@progimage/server/testing";
import { fetched, inFlight } from "../in_flight.ts";
import { interleave } from "../interleave.ts";
import { openLoop } from "../load/open_loop.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { type Latency, latencyOf, median, medianLatency, rounded } from "../statistics.ts";

/** Hits a second: far below the capacity of one process. */
const RATE = 300;
const [IDLE, BUSY] = ["idle", "all render processes encode AVIF"];

/** Cache hits while expensive renders run: hits must not wait for them. */
export const hitsUnderAvif: Scenario = {
  name: "hits-under-avif",
  summary: `p99 of ${RATE} hits a second at a constant rate, while every render process encodes AVIF, against an idle server`,
  async run({ quick, images, runs, report }) {
    const size = quick ? { width: 800, height: 533 } : { width: 3000, height: 2000 };
    const [picture = ""] = await sourcePictures({ format: "jpeg", ...size, count: 1, images });
    await using server = await startServer({
      settings: { PROGIMAGE_LOG_LEVEL: "warn", PROGIMAGE_QUEUE_WAIT_MS: "60000" },
    });
    const { id } = await server.client.images.upload(Bun.file(picture));
    const hit = `/images/${id}.jpg?resize=400x`;
    await fetched(`${server.url}${hit}`);
    let [cores, renders, height] = [0, 0, 8_000];
    const idle = async () => {
      const load = await openLoop({ origin: server.url, paths: [hit], rate: RATE, seconds: quick ? 1 : 8 });
      cores = Math.max(cores, load.cores);
      const times = load.byStatus.get(200) ?? [];
      if (load.byStatus.size !== 1 || load.unanswered > 0) throw new Error("Cannot measure: hits failed");
      return latencyOf(times);
    };
    const busy = async () => {
      const over = new AbortController();
      function* avifs() {
        while (!over.signal.aborted)
          yield `/images/${id}.avif?resize=${quick ? 100 : 400}x${height--}&compress=effort:4`;
      }
      // Two per process, so that no process is ever idle.
      const encoding = inFlight(2 * (availableParallelism() + 1), avifs(), async (path) => {
        await fetched(`${server.url}${path}`);
        renders++;
      });
      const latency = await idle().finally(() => over.abort());
      await encoding;
      return latency;
    };
    const measured = await interleave<Latency>(
      new Map([
        [IDLE, idle],
        [BUSY, busy],
      ]),
      {
        runs,
        warm: !quick,
        onRun: (run, latencies) => {
          const figures = [...latencies].map(
            ([name, { p50, p99 }]) => `${name} p50 ${p50} ms, p99 ${p99} ms`,
          );
          report(`run ${run} of ${runs}: ${figures.join("; ")}`);
        },
      },
    );
    const [calm, loaded] = [measured.get(IDLE) ?? [], measured.get(BUSY) ?? []];
    const ratio = median(loaded.map(({ p99 }, run) => p99 / (calm[run]?.p99 ?? Number.NaN)));
    return [
      judged("p99 of hits while AVIFs are encoded, of the idle p99", ratio, {
        most: 3,
        detail: { rate: RATE, renders, generatorCores: rounded(cores) },
        sides: [...measured].map(([name, latencies]) => ({ name, latency: medianLatency(latencies) })),
      }),
    ];
  },
};
