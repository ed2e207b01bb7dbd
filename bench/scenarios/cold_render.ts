import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { startServer, type TestServer } from "@progimage/server/testing";
import sharp from "sharp";
import { makePhotos } from "../pictures.ts";
import { median, rounded, type Scenario, type ScenarioContext } from "../scenario.ts";

const PICTURES = 32;
/** Renders of each picture in a run: at the end of one the last render has the machine for itself, which must not count. */
const ROUNDS = 4;
const IN_FLIGHT = 8;
const SIDE = 512;
const QUALITY = 80;
const WARM_UP_RENDERS = 1_000;

/** Renders that nobody has asked for before, through HTTP, against sharp alone. */
export const coldRender: Scenario = {
  name: "cold-render",
  summary: `6-megapixel JPEGs to ${SIDE} px, ${IN_FLIGHT} in flight, nothing cached, against raw sharp in one process`,
  async run(context) {
    const photos = await makePhotos(context.folder, { width: 3000, height: 2000, count: PICTURES });
    await using server = await startServer({
      settings: { PROGIMAGE_LOG_LEVEL: "warn", PROGIMAGE_QUEUE_WAIT_MS: "60000" },
    });
    const { client } = server;
    const ids: string[] = [];
    for (const path of photos) ids.push((await client.upload(path)).id);

    await warmUp(server, context.folder);

    // Both sides make a new file for each result and keep it: a file system takes its time for that.
    const results = join(context.folder, "results");
    await mkdir(results);
    const ours: number[] = [];
    const limit: number[] = [];
    // The first run of each warms up files and processes.
    for (let run = 0; run <= context.runs; run++) {
      // Another box each time, by a hair that changes no pixel: nothing that was rendered before can be reused.
      const boxes = Array.from({ length: ROUNDS }, (_, round) => ({
        width: SIDE,
        height: SIDE - run * ROUNDS - round,
      }));
      const pictures = boxes.flatMap((box) => photos.map((path, index) => ({ box, path, id: ids[index] })));
      const renderOurs = () =>
        timed(() =>
          inFlight(IN_FLIGHT, pictures, async ({ id, box }) => {
            const recipe = `resize=${box.width}x${box.height}&compress=quality:${QUALITY}`;
            await drain(`${server.url}/images/${id}.jpg?${recipe}`);
          }),
        );
      const renderRaw = () =>
        timed(() =>
          inFlight(availableParallelism(), pictures, async ({ path, box }) => {
            await sharp(path, { failOn: "error", autoOrient: true })
              .resize(box.width, box.height, { fit: "inside" })
              .jpeg({ quality: QUALITY })
              .toFile(join(results, crypto.randomUUID()));
          }),
        );
      // Who comes first changes, as a machine's speed does in the course of a second.
      let [one, other] = [0, 0];
      if (run % 2 === 0) one = await renderOurs();
      other = await renderRaw();
      if (run % 2 === 1) one = await renderOurs();
      if (run === 0) continue;
      ours.push(pictures.length / one);
      limit.push(pictures.length / other);
      report(context, run, ours, limit);
    }
    const ratio = median(ours.map((figure, index) => figure / (limit[index] ?? Number.NaN)));
    const box = { width: SIDE, height: SIDE };
    const bytes = await client
      .image(ids.at(-1) ?? "")
      .resize(box)
      .jpeg({ quality: QUALITY })
      .bytes();
    const rawBytes = await sharp(photos.at(-1), { failOn: "error", autoOrient: true })
      .resize(box.width, box.height, { fit: "inside" })
      .jpeg({ quality: QUALITY })
      .toBuffer();
    const [one, other] = await Promise.all([sharp(bytes).metadata(), sharp(rawBytes).metadata()]);
    if (one.width !== other.width || one.height !== other.height)
      throw new Error("Cannot compare: the sizes of the results differ");
    return [
      {
        name: "cold render, 6 MP JPEG to 512 px, of raw sharp's throughput",
        measured: rounded(ratio),
        unit: "×",
        target: "≥ 1",
        reached: ratio >= 1,
        detail: {
          perSecond: ours.map((figure) => rounded(figure)),
          rawSharpPerSecond: limit.map((figure) => rounded(figure)),
          bytes: bytes.length,
          rawSharpBytes: rawBytes.length,
        },
      },
    ];
  },
};

/** Lets both sides compile what they run: many renders of a picture so small that it takes no time. */
async function warmUp(server: TestServer, folder: string): Promise<void> {
  const [path = ""] = await makePhotos(folder, { width: 60, height: 40, count: 1 });
  const { id } = await server.client.upload(path);
  const widths = Array.from({ length: WARM_UP_RENDERS }, (_, index) => index + 1);
  await inFlight(IN_FLIGHT, widths, (width) =>
    drain(`${server.url}/images/${id}.jpg?resize=${width}x9,fit:fill,enlarge`),
  );
  await inFlight(availableParallelism(), widths, async (width) => {
    await sharp(path).resize(width, 9, { fit: "fill" }).jpeg().toBuffer();
  });
}

/** Asks for a URL and reads the answer to its end: the least that a caller does. */
async function drain(url: string): Promise<void> {
  const response = await fetch(url);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`Cannot render: ${url} answers ${response.status}`);
}

async function inFlight<T>(
  count: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: count }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

/** Gives seconds. */
async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

function report(
  { report: tell, runs }: ScenarioContext,
  run: number,
  ours: readonly number[],
  limit: readonly number[],
): void {
  tell(
    `run ${run} of ${runs}: ${rounded(ours.at(-1) ?? 0)} a second, raw sharp ${rounded(limit.at(-1) ?? 0)}`,
  );
}
