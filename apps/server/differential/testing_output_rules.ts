import { canAnimate, FORMATS, OUTPUT_FORMATS, type OutputFormat } from "@progimage/core";
import { psnr, renderStepByStep } from "@progimage/core/testing";
import sharp from "sharp";
import { type Checked, tooUnlike } from "./testing_finding.ts";
import { FRAMES, type Input } from "./testing_inputs.ts";
import {
  type AlphaKind,
  type PredictedSize,
  pixelsOf,
  type Rendered,
  type Stage,
  stepsOf,
} from "./testing_stage.ts";

/** The least likeness of a result to the PNG of the same recipe, in decibels, at the default quality. */
const LEAST_TO_PNG: Readonly<Record<OutputFormat, number>> = {
  jpeg: 20,
  png: Infinity,
  webp: 20,
  avif: 20,
  gif: 20,
  tiff: 55,
};

/** The least likeness of a PNG to the same steps carried out one after the other. */
const LEAST_TO_STEPS = 38;

/** Steps that only set how results are written, so that formats differ in what they support and in their pixels. */
const OUTPUT_STEP = /^compress\b/;

/** Renders an example from one input in some formats. Checks sizes, files and pixels. */
export async function checkOutputs(
  stage: Stage,
  input: Input,
  query: string,
  formats: readonly OutputFormat[] = OUTPUT_FORMATS,
): Promise<readonly Checked[]> {
  const id = await stage.store(input);
  const isOutputStep = OUTPUT_STEP.test(query);
  const png = isOutputStep ? null : await stage.render(id, query, "png");
  const predicted = await stage.predict(id, isOutputStep ? "" : query);
  const checked: Checked[] = [];
  for (const format of formats) {
    const rendered = format === "png" && png ? png : await stage.render(id, query, format);
    const fault = await faultOf(rendered, { format, input, png, predicted, isOutputStep });
    checked.push({ input: input.name, render: `${query} .${format}`, fault });
  }
  if (png && png.status === 200)
    checked.push({
      input: input.name,
      render: `${query} .png`,
      fault: await stepFault(stage, input, query, png),
    });
  return checked;
}

interface Expectation {
  readonly format: OutputFormat;
  readonly input: Input;
  readonly png: Rendered | null;
  readonly predicted: PredictedSize | null;
  readonly isOutputStep: boolean;
}

async function faultOf({ status, bytes }: Rendered, expected: Expectation): Promise<string | null> {
  const { format, input, png, predicted, isOutputStep } = expected;
  if (isOutputStep && status === 400) return null; // the format lacks the setting
  if (status !== 200) return `status ${status}: ${bytes.toString().slice(0, 300)}`;
  const file = await sharp(bytes).metadata();
  const pages = file.pages ?? 1;
  const { decoder } = FORMATS[format];
  if (file.format !== decoder.format) return `it is a file of ${file.format}`;
  if (file.depth !== "uchar") return `channels are of ${file.depth}`;
  const keepsFrames = canAnimate(input.format) && canAnimate(format) && isAnimation(input);
  if (pages !== (keepsFrames ? FRAMES : 1)) return `it has ${pages} pages`;
  const height = file.pageHeight ?? file.height;
  if (predicted && (predicted.width !== file.width || predicted.height !== height))
    return `size ${file.width} × ${height}, predicted ${predicted.width} × ${predicted.height}`;
  if (!png || png.status !== 200 || format === "png") return null;
  const pixels = await pixelsOf(bytes);
  const reference = await pixelsOf(png.bytes, { alpha: alphaOf(format) });
  if (pixels.width !== reference.width || pixels.height !== reference.height)
    return `size ${pixels.width} × ${pixels.height}, ${reference.width} × ${reference.height} in PNG`;
  return tooUnlike("unlike the PNG", psnr(pixels, reference), LEAST_TO_PNG[format]);
}

function alphaOf(format: OutputFormat): AlphaKind {
  if (format === "gif") return "binary";
  return FORMATS[format].output.hasAlpha ? "full" : "none";
}

function isAnimation({ name }: Input): boolean {
  return name.endsWith("animation");
}

/** Compares a PNG with the steps carried out one after the other. */
async function stepFault(stage: Stage, input: Input, query: string, png: Rendered): Promise<string | null> {
  // A vector drawing is drawn at the requested size, which decoding it first cannot show.
  if (input.format === "svg") return null;
  const { images, registry } = stage;
  const reference = await renderStepByStep(input.bytes, stepsOf(stage, query), registry, images);
  const pixels = await pixelsOf(png.bytes);
  if (pixels.width !== reference.width || pixels.height !== reference.height)
    return `size ${pixels.width} × ${pixels.height}, step by step ${reference.width} × ${reference.height}`;
  return tooUnlike("unlike its steps one by one", psnr(pixels, reference), LEAST_TO_STEPS);
}
