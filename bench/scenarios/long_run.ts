import { descendants, startServer } from "@progimage/server/testing";
import { fetched, inFlight } from "../in_flight.ts";
import { residentBytes } from "../resident_bytes.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { rounded, slope } from "../statistics.ts";

const RENDERS = 100_000;
const WARM_UP = 10_000;
const SAMPLES = 200;
const MEGABYTE = 1_000_000;

/** Results of many kinds, small enough for a run of a hundred thousand. */
const KINDS = [
  { extension: "jpg", steps: "" },
  { extension: "webp", steps: "&grayscale" },
  { extension: "jpg", steps: "&rotate=90&blur=1.5" },
  { extension: "png", steps: "&flip" },
  { extension: "jpg", steps: "&mask=circle" },
  { extension: "webp", steps: "&sepia&sharpen=1" },
  { extension: "avif", steps: "&compress=effort:0" },
  { extension: "gif", steps: "" },
] as const;

/** Whether any resource grows that must not. */
export const longRun: Scenario = {
  name: "long-run",
  summary: `${RENDERS.toLocaleString("en")} mixed renders without any render process being replaced: the memory of every process`,
  onlyByName: true,
  async run({ quick, images, report }) {
    const [renders, warmUp] = quick ? [400, 100] : [RENDERS, WARM_UP];
    const pictures: string[] = [];
    for (const format of ["jpeg", "png", "webp"] as const)
      pictures.push(...(await sourcePictures({ format, width: 400, height: 267, count: 2, images })));
    const settings = {
      PROGIMAGE_LOG_LEVEL: "warn",
      PROGIMAGE_QUEUE_WAIT_MS: "60000",
      PROGIMAGE_RENDER_RETIRE_AFTER: "0",
      PROGIMAGE_DERIVATIVE_CACHE_BYTES: "50000000",
    };
    await using server = await startServer({ settings });
    const ids: string[] = [];
    for (const path of pictures) ids.push((await server.client.images.upload(Bun.file(path))).id);
    const processes = await descendants(server.pid);
    const memory = new Map(processes.map((pid): [number, [renders: number, bytes: number][]] => [pid, []]));
    let done = 0;
    await inFlight(8, recipes(ids, renders), async (path) => {
      await fetched(`${server.url}${path}`);
      done++;
      if (done % Math.ceil(renders / SAMPLES) !== 0) return;
      for (const [pid, points] of memory) points.push([done, await residentBytes(pid)]);
      if (done % (renders / 10) === 0) report(`${done} of ${renders}: ${memoryText(memory)}`);
    });
    const slopes = [...memory].map(([pid, points]) => {
      if (points.some(([, bytes]) => bytes === 0))
        throw new Error(`Cannot measure: process ${pid} has ended`);
      const grown = slope(points.filter(([count]) => count > warmUp));
      return { pid, megabytesPer10000: rounded((grown * 10_000) / MEGABYTE) };
    });
    const most = Math.max(...slopes.map(({ megabytesPer10000 }) => megabytesPer10000));
    const name = `growth of a process over ${renders} mixed renders, per 10,000, the most of all`;
    return [
      judged(name, most, { unit: "MB", most: 1, detail: { slopes, memory: Object.fromEntries(memory) } }),
    ];
  },
};

/** The sizes of boxes, and a stride without a common divisor, which mixes their order: sizes must not grow over time. */
const WIDTHS = 130;
const HEIGHTS = 250;
const STRIDE = 7_919;

/** Yields paths without repetition, each kind and picture in turn. */
function* recipes(ids: readonly string[], count: number): Generator<string> {
  for (let index = 0; index < count; index++) {
    const kind = KINDS[index % KINDS.length];
    const id = ids[Math.floor(index / KINDS.length) % ids.length];
    const place = (index * STRIDE) % (WIDTHS * HEIGHTS);
    const box = `${16 + (place % WIDTHS)}x${16 + Math.floor(place / WIDTHS)}`;
    yield `/images/${id}.${kind?.extension}?resize=${box},fit:fill${kind?.steps}`;
  }
}

function memoryText(memory: ReadonlyMap<number, readonly (readonly [number, number])[]>): string {
  return [...memory.values()]
    .map((points) => `${Math.round((points.at(-1)?.[1] ?? 0) / MEGABYTE)} MB`)
    .join(", ");
}
