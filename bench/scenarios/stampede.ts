import { cpuMilliseconds, descendants, startServer } from "@progimage/server/testing";
import { fetched } from "../in_flight.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { median, rounded } from "../statistics.ts";

const REQUESTS = 200;
const LEAST_SECONDS = 2;

/** Widths of AVIFs that take longer and longer, until one takes long enough. */
const WIDTHS = [600, 800, 1000, 1300, 1600, 2000, 2600];

/** Many concurrent requests for the same result. */
export const stampede: Scenario = {
  name: "stampede",
  summary: `${REQUESTS} equal requests at once to one HTTP process, for an AVIF that takes ${LEAST_SECONDS} s or more, against one request`,
  async run({ quick, images, runs, report }) {
    const size = quick ? { width: 800, height: 533 } : { width: 3000, height: 2000 };
    const [picture = ""] = await sourcePictures({ format: "jpeg", ...size, count: 1, images });
    await using server = await startServer({
      settings: { PROGIMAGE_LOG_LEVEL: "warn", PROGIMAGE_RENDER_DEADLINE_MS: "60000" },
    });
    const { id } = await server.client.images.upload(Bun.file(picture));
    let height = 8_000;
    const measure = async (width: number, count: number) => {
      // Each run has another box, too high to change the result, so that this one is not cached.
      const url = `${server.url}/images/${id}.avif?resize=${width}x${height--}&compress=effort:4`;
      const before = await renderMilliseconds(server.pid);
      const startedAt = performance.now();
      const results = await Promise.all(Array.from({ length: count }, () => fetched(url)));
      const seconds = (performance.now() - startedAt) / 1000;
      if (new Set(results.map((bytes) => Bun.hash(bytes))).size !== 1)
        throw new Error("Cannot measure: equal requests were answered differently");
      return { seconds, cpu: (await renderMilliseconds(server.pid)) - before };
    };
    const width = quick ? 300 : await slowEnough((candidate) => measure(candidate, 1));
    await measure(width, 1);
    const [ratios, decodes]: [number[], number[]] = [[], []];
    for (let run = 1; run <= runs; run++) {
      const [one, many] = [await measure(width, 1), await measure(width, REQUESTS)];
      ratios.push(many.seconds / one.seconds);
      decodes.push(Math.round(many.cpu / one.cpu));
      report(
        `run ${run} of ${runs}: one ${rounded(one.seconds)} s, ${REQUESTS} ${rounded(many.seconds)} s, ${decodes.at(-1)} decodes`,
      );
    }
    return [
      // Measured by the CPU time of the render processes: a second render would double it.
      judged(`decodes for ${REQUESTS} equal requests, the most of all runs`, Math.max(...decodes), {
        unit: "decodes",
        least: 1,
        most: 1,
        detail: { decodes, width },
      }),
      judged(`${REQUESTS} equal requests, of the time of one`, median(ratios), {
        most: 1.2,
        detail: { ratios: ratios.map((ratio) => rounded(ratio)) },
      }),
    ];
  },
};

/** Returns the CPU milliseconds of the render processes. */
async function renderMilliseconds(pid: number): Promise<number> {
  const [, ...renderProcesses] = await descendants(pid);
  const times = await Promise.all(renderProcesses.map(cpuMilliseconds));
  return times.reduce((sum, time) => sum + time, 0);
}

async function slowEnough(
  measure: (width: number) => Promise<{ readonly seconds: number }>,
): Promise<number> {
  for (const width of WIDTHS) if ((await measure(width)).seconds >= LEAST_SECONDS) return width;
  return WIDTHS.at(-1) ?? 0;
}
