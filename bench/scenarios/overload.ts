import { descendants, startServer, type TestServer } from "@progimage/server/testing";
import { fetched } from "../in_flight.ts";
import { closedLoop } from "../load/closed_loop.ts";
import { perSecond } from "../load/load.ts";
import { openLoop } from "../load/open_loop.ts";
import { residentBytes } from "../resident_bytes.ts";
import { sample } from "../sample.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { latencyOf, median, rounded } from "../statistics.ts";

const FACTOR = 10;
const CONNECTIONS = 16;
const MEGABYTE = 1_000_000;
const PROBES = 5;

/** A server has recovered if a probe takes at most this multiple of its time before the load. */
const NORMAL = 1.5;
const TIMEOUT_MILLISECONDS = 60_000;

/** Ten times the load that the machine can render. */
export const overload: Scenario = {
  name: "overload",
  summary: `cold renders at a constant rate of ${FACTOR} times the capacity: what is still rendered, refused and kept in memory`,
  async run({ quick, images, report }) {
    const size = quick ? { width: 800, height: 533 } : { width: 3000, height: 2000 };
    const count = quick ? 1 : 8;
    const pictures = await sourcePictures({ format: "jpeg", ...size, count, images });
    await using server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "warn" } });
    const ids: string[] = [];
    for (const path of pictures) ids.push((await server.client.images.upload(Bun.file(path))).id);
    let used = 0;
    const paths = (length: number) =>
      Array.from({ length }, () => {
        const [id, height] = [ids[used % ids.length], 8_000 - Math.floor(used / ids.length)];
        used++;
        return `/images/${id}.jpg?resize=512x${height}`;
      });

    const seconds = quick ? 1 : 5;
    const closed = () =>
      closedLoop({ origins: [server.url], paths: paths(seconds * 1_000), connections: CONNECTIONS, seconds });
    if (!quick) await closed();
    const peak = perSecond(await closed());
    const before = await probe(server, paths(PROBES));
    report(`peak ${rounded(peak)} a second, a probe takes ${rounded(before)} ms`);

    const rate = FACTOR * peak;
    const duration = quick ? 2 : 20;
    const [httpProcess = 0] = await descendants(server.pid);
    const memory = sample(100, () => residentBytes(httpProcess));
    const requests = paths(Math.ceil(rate * duration));
    const { byStatus, unanswered, cores, drainSeconds } = await openLoop({
      ...{ origin: server.url, paths: requests, rate, seconds: duration },
    });
    const recovery = drainSeconds + (await normalAfter(() => probe(server, paths(PROBES)), before * NORMAL));
    const most = Math.max(...(await memory.stop()));

    const [rendered, refused] = [byStatus.get(200) ?? [], byStatus.get(503) ?? []];
    const statuses = Object.fromEntries([...byStatus].map(([status, times]) => [status, times.length]));
    report(`answers ${JSON.stringify(statuses)}, ${unanswered} without`);
    const detail = { statuses, unanswered, peak: rounded(peak), rate: rounded(rate), generatorCores: cores };
    const elapsed = duration + drainSeconds;
    const lost = (byStatus.get(0)?.length ?? 0) + unanswered;
    return [
      judged("goodput under overload, of the peak", rendered.length / elapsed / peak, {
        least: 0.9,
        detail,
        sides: [
          { name: "rendered", perSecond: rounded(rendered.length / elapsed), latency: latencyOf(rendered) },
          { name: "refused", perSecond: rounded(refused.length / elapsed), latency: latencyOf(refused) },
        ],
      }),
      judged("refusals under overload, p99", latencyOf(refused).p99, { unit: "ms", most: 20 }),
      judged("requests under overload without an answer", lost, { unit: "requests", most: 0 }),
      judged("memory of the HTTP process under overload", most / MEGABYTE, { unit: "MB", most: 300 }),
      judged("back to normal after overload", recovery, { unit: "s", most: 5, detail: { before } }),
    ];
  },
};

/** Returns the milliseconds of a cold render: the median of a few, one after the other. */
async function probe({ url }: TestServer, paths: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (const path of paths) {
    const startedAt = performance.now();
    await fetched(`${url}${path}`).catch(() => times.push(Infinity));
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

/** Returns the seconds until a probe is as fast as this limit in milliseconds. */
async function normalAfter(measure: () => Promise<number>, most: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const elapsed = performance.now() - startedAt;
    if ((await measure()) <= most) return rounded(elapsed / 1000);
    if (elapsed > TIMEOUT_MILLISECONDS) return Infinity;
  }
}
