import { descendants, startServer } from "@progimage/server/testing";
import { postImages } from "../load/post_images.ts";
import { residentBytes } from "../resident_bytes.ts";
import { judged, type Scenario } from "../scenario.ts";
import { smallJpeg } from "../source_pictures.ts";
import { rounded, slope } from "../statistics.ts";

const UPLOADS = 20_000;
const SAMPLES = 100;
const AT_A_TIME = 32;
const MEGABYTE = 1_000_000;

/** Whether the memory of the HTTP process grows with the number of uploads. */
export const ingestGrowth: Scenario = {
  name: "ingest-growth",
  summary: `${UPLOADS.toLocaleString("en")} uploads of 50 KB, ${AT_A_TIME} in flight: the memory of the HTTP process`,
  onlyByName: true,
  async run({ quick, images, report }) {
    const count = quick ? 400 : UPLOADS;
    const jpeg = await smallJpeg(images);
    await using server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "warn" } });
    const [httpProcess = 0] = await descendants(server.pid);
    const points: [uploads: number, bytes: number][] = [];
    const part = count / SAMPLES;
    for (let done = part; done <= count; done += part) {
      await postImages(server.url, jpeg, { count: part, atATime: Math.min(AT_A_TIME, part) });
      points.push([done, await residentBytes(httpProcess)]);
      if (done % (count / 10) === 0)
        report(`${done} of ${count}: ${rounded((points.at(-1)?.[1] ?? 0) / MEGABYTE)} MB`);
    }
    const settled = points.filter(([uploads]) => uploads > count / 2);
    const grown = (slope(settled) * 10_000) / MEGABYTE;
    const most = Math.max(...points.map(([, bytes]) => bytes)) / MEGABYTE;
    return [
      judged(`memory of the HTTP process over ${count} uploads, the most`, most, { unit: "MB", most: 200 }),
      judged("its growth per 10,000 uploads, in their second half", grown, {
        unit: "MB",
        most: 5,
        detail: { points },
      }),
    ];
  },
};
