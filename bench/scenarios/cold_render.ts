import { mkdir } from "node:fs/promises";
import { encoderOptions } from "@progimage/core";
import sharp from "sharp";
import { interleave } from "../interleave.ts";
import { likenessToScaled } from "../likeness_to_scaled.ts";
import { perSecond } from "../load/load.ts";
import { installIpx } from "../rivals/ipx.ts";
import { RawSharp, type RawSharpTask } from "../rivals/raw_sharp.ts";
import { judged, type Scenario, type ScenarioContext, type ScenarioResult, type Side } from "../scenario.ts";
import { type PictureFormat, sourcePictures } from "../source_pictures.ts";
import { type Latency, median, medianLatency, rounded } from "../statistics.ts";
import {
  type ColdSide,
  type ColdTask,
  fasterIpxSide,
  ourSide,
  resultsFolder,
  rivalSide,
  warmUps,
} from "./cold_sides.ts";

interface ColdRender {
  readonly name: string;
  readonly summary: string;
  readonly label: string;
  readonly format: PictureFormat;
  readonly quality?: number;
  /** The settings of every encoder, fixed to what ipx always uses. */
  readonly settings: Parameters<typeof encoderOptions>[1];
  readonly compress: readonly string[];
  readonly source: { readonly width: number; readonly height: number };
  readonly side: number;
  /** The box of a result in a quick run. */
  readonly quickSide: number;
  readonly pictures: number;
  readonly seconds: number;
  readonly leastOfLimit: number;
  readonly leastOfIpx: number;
}

const RAW = "raw sharp";
const LARGE = {
  source: { width: 3000, height: 2000 },
  side: 512,
  quickSide: 96,
  leastOfLimit: 0.95,
  leastOfIpx: 1.25,
};
/** Sides of 200 and 190 px give whole heights, so that servers which round differently give one size. */
const SMALL_SOURCE = { width: 800, height: 560 };

/** ipx always writes progressive JPEGs, and AVIFs without chroma subsampling at libvips' effort of 4. */
const COLD_RENDERS: readonly ColdRender[] = [
  {
    name: "cold-jpeg",
    summary: "6-megapixel JPEGs to JPEGs of 512 px, quality 80, progressive",
    label: "6 MP JPEG to 512 px",
    format: "jpeg",
    quality: 80,
    settings: { quality: 80, progressive: true },
    compress: ["progressive"],
    pictures: 8,
    seconds: 5,
    ...LARGE,
  },
  {
    name: "cold-png",
    summary: "6-megapixel PNGs to PNGs of 512 px",
    label: "6 MP PNG to 512 px",
    format: "png",
    settings: {},
    compress: [],
    pictures: 6,
    seconds: 8,
    ...LARGE,
  },
  {
    name: "cold-webp",
    summary: "6-megapixel WebPs to WebPs of 512 px, quality 75",
    label: "6 MP WebP to 512 px",
    format: "webp",
    quality: 75,
    settings: { quality: 75 },
    compress: [],
    pictures: 6,
    seconds: 6,
    ...LARGE,
  },
  {
    name: "cold-avif",
    summary: "6-megapixel AVIFs to AVIFs of 512 px, quality 65, effort 4 as ipx cannot set it",
    label: "6 MP AVIF to 512 px",
    format: "avif",
    quality: 65,
    settings: { quality: 65, effort: 4, chroma: "444" },
    compress: ["effort:4", "chroma:444"],
    pictures: 4,
    seconds: 15,
    ...LARGE,
  },
  ...[200, 190].flatMap((side) => [smallJpeg(side), smallWebp(side)]),
];

/** Small results. A side of 190 px is no power-of-two fraction of the source, so the decoder cannot do all of the shrinking. */
function smallJpeg(side: number): ColdRender {
  return {
    name: side === 200 ? "cold-small" : `cold-small-${side}`,
    summary: `JPEGs of 800 px to JPEGs of ${side} px, quality 80, progressive`,
    label: `800 px JPEG to ${side} px`,
    format: "jpeg",
    quality: 80,
    settings: { quality: 80, progressive: true },
    compress: ["progressive"],
    pictures: 8,
    ...smallOf(side),
  };
}

function smallWebp(side: number): ColdRender {
  return {
    name: side === 200 ? "cold-small-webp" : `cold-small-webp-${side}`,
    summary: `WebPs of 800 px to WebPs of ${side} px, quality 75`,
    label: `800 px WebP to ${side} px`,
    format: "webp",
    quality: 75,
    settings: { quality: 75 },
    compress: [],
    pictures: 8,
    ...smallOf(side),
  };
}

function smallOf(side: number) {
  return {
    seconds: 5,
    source: SMALL_SOURCE,
    side,
    quickSide: 96,
    leastOfLimit: 0.95,
    leastOfIpx: 1,
  };
}

/** Uncached renders through HTTP, against sharp alone and against other servers. */
export const coldRenders: readonly Scenario[] = COLD_RENDERS.map((cold) => ({
  name: cold.name,
  summary: `${cold.summary}, nothing cached, against raw sharp in as many processes as cores, and ipx`,
  run: (context) => measure(cold, context),
}));

async function measure(cold: ColdRender, context: ScenarioContext): Promise<readonly ScenarioResult[]> {
  const { quick, images, runs } = context;
  const { format, quality, compress } = cold;
  const side = quick ? cold.quickSide : cold.side;
  const source = quick ? SMALL_SOURCE : cold.source;
  const pictures = await sourcePictures({ format, images, ...source, count: quick ? 1 : cold.pictures });
  const task: ColdTask = { pictures, format, side, quality, compress, quick };
  const seconds = quick ? 1 : cold.seconds;
  await using servers = new AsyncDisposableStack();
  await using raw = new RawSharp();
  const sides = [servers.use(await ourSide(task))];
  if (await installIpx({ offline: quick })) sides.push(servers.use(await fasterIpxSide(task, seconds)));
  else context.note("ipx could not be installed and was left out.");
  for (const rival of context.rivals) sides.push(servers.use(await rivalSide(task, rival)));

  for (const each of sides) await each.sample(0);

  const rawTask = await rawTaskOf({ ...cold, side }, pictures, context);
  await raw.render(rawTask, warmUps({ quick }) / 50);
  const latencies = new Map<string, Latency[]>(sides.map(({ name }) => [name, []]));
  const measured = await interleave(
    new Map([
      ...sides.map((each) => [each.name, () => measureSide(each, seconds, latencies)] as const),
      [RAW, () => raw.throughput(rawTask, seconds)] as const,
    ]),
    {
      runs,
      warm: !quick,
      onRun: (run, figures) =>
        context.report(
          `run ${run} of ${runs}: ${[...figures].map(([name, figure]) => `${name} ${rounded(figure)}`).join(", ")} a second`,
        ),
    },
  );
  const charted: Side[] = [];
  for (const each of sides)
    charted.push({
      ...(await look(await each.sample(0), pictures[0] ?? "", side)),
      name: each.name,
      perSecond: rounded(median(measured.get(each.name) ?? [])),
      latency: medianLatency(latencies.get(each.name) ?? []),
    });
  charted.push({
    ...(await look(await rawSample(rawTask), pictures[0] ?? "", side)),
    name: RAW,
    perSecond: rounded(median(measured.get(RAW) ?? [])),
  });
  return resultsOf(cold, measured, charted);
}

function resultsOf(
  cold: ColdRender,
  measured: ReadonlyMap<string, readonly number[]>,
  sides: readonly Side[],
): readonly ScenarioResult[] {
  const [ours, ...others] = sides;
  const runsOf = (side: Side | undefined) => measured.get(side?.name ?? "") ?? [];
  return others.map((other) => {
    const ratio = median(runsOf(ours).map((figure, run) => figure / (runsOf(other)[run] ?? Number.NaN)));
    const least = limitOf(cold, other.name);
    const bytesRatio = (ours?.bytes ?? Number.NaN) / (other.bytes ?? Number.NaN);
    return judged(`cold render, ${cold.label}, of ${other.name}`, ratio, {
      least,
      sides: other.name === RAW ? sides : undefined,
      detail: {
        perSecond: runsOf(ours).map((figure) => rounded(figure)),
        otherPerSecond: runsOf(other).map((figure) => rounded(figure)),
        bytesRatio: rounded(bytesRatio),
        // A side whose results differ in size does another amount of work.
        comparable: Math.abs(bytesRatio - 1) <= 0.05,
      },
    });
  });
}

function limitOf(cold: ColdRender, name: string): number | undefined {
  if (name === RAW) return cold.leastOfLimit;
  return name.startsWith("ipx") ? cold.leastOfIpx : undefined;
}

async function measureSide(
  side: ColdSide,
  seconds: number,
  latencies: ReadonlyMap<string, Latency[]>,
): Promise<number> {
  const load = await side.load(seconds);
  latencies.get(side.name)?.push(load.latency);
  return perSecond(load);
}

async function rawTaskOf(
  { format, side, settings }: ColdRender,
  inputs: readonly string[],
  context: ScenarioContext,
): Promise<RawSharpTask> {
  const folder = resultsFolder(context.folder);
  await mkdir(folder);
  return { inputs, folder, format, side, encoder: encoderOptions(format, settings, { isPhotograph: true }) };
}

async function rawSample({ inputs, format, side, encoder }: RawSharpTask): Promise<Uint8Array> {
  const image = sharp(inputs[0], { failOn: "error", autoOrient: true });
  return await image
    .resize(side, side, { fit: "inside", fastShrinkOnLoad: format !== "jpeg" })
    .toFormat(format, encoder)
    .toBuffer();
}

/** Returns the bytes of a result and its similarity to a reference. */
async function look(
  result: Uint8Array,
  picture: string,
  side: number,
): Promise<Pick<Side, "bytes" | "quality">> {
  const quality = await likenessToScaled(result, picture, side);
  return { bytes: result.length, quality: rounded(quality, 4) };
}
