import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ProgImageError } from "@progimage/client";
import { startBusyLoops } from "@progimage/core/testing";
import sharp from "sharp";
import { filesBelow, startServer, type TestServer } from "../end_to_end/testing_server.ts";

/** A folder of real images, many broken on purpose. Only if it is set, all of them are judged twice, which takes minutes. */
const CORPUS = process.env["PROGIMAGE_CORPUS"];

const LOOPS = 10;
/** They get as much CPU time as render processes: beside ten of them, each render process has less than a tenth of a processor. */
const NICENESS = 10;

/** How long a caller retries while the server is busy, in milliseconds. */
const TIMEOUT_MILLISECONDS = 120_000;

describe("the verdict on an image", () => {
  test("is the same beside ten busy loops as on a quiet machine", async () => {
    const files = await madeFiles();
    const settings = { PROGIMAGE_PROBE_DEADLINE_MS: "400" };
    const quiet = await judgeAll(files, { settings });
    expect(quiet).toEqual({
      "costly.svg": "422 too_costly",
      "cut.png": "422 broken_image",
      "photo.png": "png, rendered",
      "shapes.svg": "svg, rendered",
      "text.txt": "415 unsupported_media",
    });
    expect(await judgeAll(files, { settings, isBusy: true })).toEqual(quiet);
  }, 240_000);

  if (CORPUS && existsSync(join(CORPUS, "manifest.tsv"))) {
    test("is the same beside ten busy loops for every file of the corpus", async () => {
      const files = await corpusFiles(resolve(CORPUS));
      expect(await judgeAll(files, { isBusy: true })).toEqual(await judgeAll(files));
    }, 1_800_000);
  }
});

type Files = ReadonlyMap<string, Uint8Array>;

interface JudgeOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Keeps all processors busy meanwhile. @default {false} */
  readonly isBusy?: boolean;
}

/** Returns a new server's verdict on each file, by name. */
async function judgeAll(
  files: Files,
  { settings, isBusy = false }: JudgeOptions = {},
): Promise<Record<string, string>> {
  await using server = await startServer({ settings });
  using _loops = startBusyLoops(isBusy ? LOOPS : 0, { niceness: NICENESS });
  const verdicts: Record<string, string> = {};
  for (const [name, bytes] of files) verdicts[name] = await judge(server, bytes);
  return verdicts;
}

/** Stores a file and renders it. "Busy" is no verdict, so it is retried. */
async function judge({ client }: TestServer, bytes: Uint8Array): Promise<string> {
  try {
    const { id, format } = await untilAnswered(() => client.images.upload(bytes));
    await untilAnswered(() => client.image(id).resize({ width: 64 }).format("webp").fetch());
    return `${format}, rendered`;
  } catch (error) {
    if (error instanceof ProgImageError) return `${error.status} ${error.code}`;
    throw error;
  }
}

async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + TIMEOUT_MILLISECONDS; ;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ProgImageError) || error.status !== 503) throw error;
      if (Date.now() > deadline) throw new Error(`Cannot get a verdict: ${error.message}`, { cause: error });
    }
  }
}

/** Returns images that take between a tenth and a third of their CPU limit, one that takes far more, and broken ones. */
async function madeFiles(): Promise<Files> {
  const noise = { type: "gaussian", mean: 128, sigma: 20 } as const;
  const create = { width: 1_600, height: 1_200, channels: 3, background: "gray", noise } as const;
  const photo = sharp({ create }).blur(1);
  const png = await photo.clone().png().toBuffer();
  return new Map<string, Uint8Array>([
    ["costly.svg", filters(2_000, 1_500)],
    ["cut.png", png.subarray(0, png.length / 2)],
    ["photo.png", png],
    ["shapes.svg", shapes(5_000)],
    ["text.txt", Buffer.from("Not an image, whatever else the machine does.")],
  ]);
}

function svg(width: number, height: number, content: string): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`,
  );
}

function filters(width: number, height: number): Buffer {
  const chain = '<feTurbulence baseFrequency="0.05" numOctaves="8"/>'.repeat(20);
  return svg(
    width,
    height,
    `<filter id="f">${chain}</filter><rect width="100%" height="100%" filter="url(#f)"/>`,
  );
}

function shapes(count: number): Buffer {
  const circles = Array.from(
    { length: count },
    (_, index) => `<circle cx="${index % 100}" cy="${index % 70}" r="9" fill="#${(index % 900) + 100}"/>`,
  );
  return svg(100, 100, circles.join(""));
}

async function corpusFiles(folder: string): Promise<Files> {
  const names = (await filesBelow(folder)).filter((name) => !name.endsWith(".tsv")).toSorted();
  const files = names.map(async (name) => [name, await Bun.file(join(folder, name)).bytes()] as const);
  return new Map(await Promise.all(files));
}
