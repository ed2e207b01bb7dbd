import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import type { HasRecipe, ProgImage } from "@progimage/client";
import { recipe } from "@progimage/client";
import { encoderOptions } from "@progimage/core";
import { descendants, peakBytes, startServer } from "@progimage/server/testing";
import { createTarPacker } from "modern-tar";
import sharp from "sharp";
import { interleave } from "../interleave.ts";
import { RawSharp } from "../rivals/raw_sharp.ts";
import { judged, type Scenario, type ScenarioContext } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { stamped } from "../stamped.ts";
import { median, rounded } from "../statistics.ts";

const MEGABYTE = 1_000_000;
const IMAGES = 10_000;
const FEW_IMAGES = 60;
const MOST_MEMORY = 200;
const LEAST_OF_LIMIT = 0.9;

/** The size of pictures of about 50 KB. */
const SOURCE = { width: 800, height: 533 };
const SOURCE_QUALITY = 76;

const SIDE = 320;
const QUALITY = 75;
const RAW = "raw sharp";
const OURS = "ProgImage";

/** A limit, as each run takes minutes. */
const MOST_RUNS = 3;

/** Thousands of images: uploaded in one archive, rendered by one recipe, and downloaded in one archive. */
export const bulk: Scenario = {
  name: "bulk",
  summary: "10,000 JPEGs of 50 KB in by one tar, WebPs of 320 px of all out by one tar, and the originals",
  async run(context) {
    const { folder, quick, runs, report } = context;
    const photos = await makeFiles(context, quick ? FEW_IMAGES : IMAGES);
    const bytes = photos.reduce((sum, path) => sum + Bun.file(path).size, 0);
    await using server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "warn" } });
    await using raw = new RawSharp();
    const [httpProcess = 0] = await descendants(server.pid);
    const { client } = server;

    const takingIn = await seconds(() => storeAll(client, photos));
    const inRate = photos.length / takingIn;
    report(`in: ${rounded(inRate)} a second, peak ${await peakMegabytes(httpProcess)} MB`);

    // Each run has another box, so that nothing is cached.
    let height = 2 * SIDE;
    const results = join(folder, "results");
    const ours = async () => {
      const box = recipe().resize({ width: SIDE, height: height++ }).webp({ quality: QUALITY });
      const took = await seconds(() => saveArchive(client, join(folder, "results.tar"), box));
      return photos.length / took;
    };
    const theirs = async () => {
      await mkdir(results, { recursive: true });
      const share = Math.ceil(photos.length / availableParallelism());
      const encoder = encoderOptions("webp", { quality: QUALITY });
      const task = { inputs: photos, folder: results, format: "webp", side: SIDE, encoder } as const;
      const took = await seconds(() => raw.render(task, share));
      await rm(results, { recursive: true });
      return (share * availableParallelism()) / took;
    };
    await raw.render({ inputs: photos, folder, format: "webp", side: SIDE, encoder: {} }, 1);
    const sides = new Map([
      [OURS, ours],
      [RAW, theirs],
    ]);
    const rates = await interleave(sides, {
      runs: Math.min(runs, MOST_RUNS),
      warm: false,
      onRun: (run, rate) =>
        report(`run ${run}: ${rounded(rate.get(OURS) ?? 0)} a second, ${RAW} ${rounded(rate.get(RAW) ?? 0)}`),
    });
    const ourRates = rates.get(OURS) ?? [];
    const ratios = ourRates.map((rate, run) => rate / (rates.get(RAW)?.[run] ?? Number.NaN));
    report(`out: peak ${await peakMegabytes(httpProcess)} MB`);

    const originals = await seconds(() => saveArchive(client, join(folder, "originals.tar")));
    const peak = await peakMegabytes(httpProcess);
    const of = `${photos.length} images of ${Math.round(bytes / photos.length / 1000)} KB`;
    return [
      judged(`one recipe over ${of}, out by one archive, of ${RAW}`, median(ratios), {
        least: LEAST_OF_LIMIT,
        detail: { ratios: ratios.map((ratio) => rounded(ratio)) },
        sides: [...rates].map(([name, all]) => ({ name, perSecond: rounded(median(all)) })),
      }),
      judged(`peak memory of the HTTP process, ${of} in and out`, peak, { unit: "MB", most: MOST_MEMORY }),
      judged(`in by one archive, ${of}`, inRate, { unit: "a second" }),
      judged(`originals out by one archive, ${of}`, bytes / MEGABYTE / originals, { unit: "MB/s" }),
    ];
  },
};

/** Writes JPEGs that look like a few pictures, each with different bytes. Returns their paths. */
async function makeFiles(
  { folder, images }: Pick<ScenarioContext, "folder" | "images">,
  count: number,
): Promise<readonly string[]> {
  const pictures = await sourcePictures({ format: "jpeg", ...SOURCE, count: 8, images });
  const jpegs = await Promise.all(
    pictures.map((path) => sharp(path).jpeg({ quality: SOURCE_QUALITY }).toBuffer()),
  );
  const sources = join(folder, "sources");
  await mkdir(sources);
  const paths: string[] = [];
  for (let index = 0; index < count; index++) {
    const path = join(sources, `${index}.jpg`);
    await Bun.write(path, stamped(jpegs[index % jpegs.length] ?? Buffer.of()));
    paths.push(path);
  }
  return paths;
}

async function storeAll(client: ProgImage, paths: readonly string[]): Promise<void> {
  let stored = 0;
  for await (const { status } of client.images.uploadArchive(tarStream(paths), { as: "tar" }))
    if (status === 201) stored++;
  if (stored !== paths.length) throw new Error(`Cannot measure: ${stored} of ${paths.length} were stored`);
}

/** Returns files as a tar stream that reads one file at a time. */
function tarStream(paths: readonly string[]): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const write = async () => {
    for (const path of paths) {
      const bytes = await Bun.file(path).bytes();
      const writer = controller.add({ name: basename(path), size: bytes.length, type: "file" }).getWriter();
      await writer.write(bytes);
      await writer.close();
    }
    controller.finalize();
  };
  void write().catch((error: unknown) => controller.error(error));
  return readable;
}

async function saveArchive(client: ProgImage, path: string, made?: HasRecipe): Promise<void> {
  const answer = await client.images.select({ all: true }).archive({ recipe: made, as: "tar" });
  const writer = Bun.file(path).writer();
  for await (const chunk of answer.body ?? []) {
    writer.write(chunk);
    await writer.flush();
  }
  await writer.end();
  await rm(path);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

async function peakMegabytes(pid: number): Promise<number> {
  return Math.round((await peakBytes(pid)) / MEGABYTE);
}
