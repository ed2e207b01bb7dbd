import { startServer, type TestServer } from "@progimage/server/testing";
import sharp from "sharp";
import { inFlight } from "../in_flight.ts";
import { judged, type Scenario, type ScenarioResult } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { latencyOf, median, medianLatency, rounded } from "../statistics.ts";
import { stamped } from "../stamped.ts";

interface Kind {
  readonly name: string;
  readonly width: number;
  readonly quality: number;
  readonly count: number;
  readonly atATime: number;
}

const KINDS: readonly Kind[] = [
  { name: "small, one after the other", width: 640, quality: 75, count: 200, atATime: 1 },
  { name: "small, 16 at a time", width: 640, quality: 75, count: 400, atATime: 16 },
  { name: "large, one after the other", width: 6000, quality: 95, count: 10, atATime: 1 },
  { name: "large, 4 at a time", width: 6000, quality: 95, count: 16, atATime: 4 },
];

/** Uploads of new images, each synced and checked before it is acknowledged. */
export const upload: Scenario = {
  name: "upload",
  summary: "small and large JPEGs by raw bodies, one after the other and at a time",
  async run({ quick, images, runs, report }) {
    const size = quick ? { width: 800, height: 533 } : { width: 3000, height: 2000 };
    const [picture = ""] = await sourcePictures({ format: "jpeg", ...size, count: 1, images });
    await using server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "warn" } });
    const results: ScenarioResult[] = [];
    for (const { name, width, quality, count, atATime } of KINDS) {
      const jpeg = await sharp(picture)
        .resize(quick ? Math.min(width, 800) : width)
        .jpeg({ quality })
        .toBuffer();
      await send(server, stamped(jpeg));
      const rates: number[] = [];
      const latencies = [];
      for (let run = 1; run <= runs; run++) {
        const numbers = Array.from({ length: quick ? atATime * 2 : count }, (_, index) => index);
        const times: number[] = [];
        const startedAt = performance.now();
        await inFlight(atATime, numbers, async () => times.push(await send(server, stamped(jpeg))));
        rates.push(numbers.length / ((performance.now() - startedAt) / 1000));
        latencies.push(latencyOf(times));
        report(`${name}, run ${run} of ${runs}: ${rounded(rates.at(-1) ?? 0)} a second`);
      }
      const latency = medianLatency(latencies);
      results.push(
        judged(`uploads of ${Math.round(jpeg.length / 1000)} KB, ${name}`, median(rates), {
          unit: "a second",
          detail: { rates: rates.map((rate) => rounded(rate)) },
          sides: [{ name, perSecond: rounded(median(rates)), latency, bytes: jpeg.length }],
        }),
        judged(`p99 of uploads of ${Math.round(jpeg.length / 1000)} KB, ${name}`, latency.p99, {
          unit: "ms",
        }),
      );
    }
    return results;
  },
};

/** Returns the milliseconds until the acknowledgement. */
async function send({ url }: TestServer, body: Uint8Array<ArrayBuffer>): Promise<number> {
  const startedAt = performance.now();
  const headers = { "content-type": "image/jpeg" };
  const response = await fetch(`${url}/images`, { method: "POST", headers, body });
  if (response.status !== 201) throw new Error(`Cannot measure uploads: ${await response.text()}`);
  await response.arrayBuffer();
  return performance.now() - startedAt;
}
