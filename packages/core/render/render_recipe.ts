import type { Limits } from "../limits.ts";
import {
  checkOutputSize,
  checkPixelCount,
  checkPixelsBetweenSteps,
  checkStepSize,
} from "../transform/planning/check_size.ts";
import { canAnimate, type OutputFormat, outputFacts } from "../transform/output/formats.ts";
import { mayHaveAlpha, planGroups, type StepGroup } from "../transform/planning/plan_groups.ts";
import {
  checkKeptDepth,
  checkKeptProfile,
  type KeptColor,
  NOTHING_KEPT,
} from "../transform/planning/kept_color.ts";
import { isProbedPage, openSettings, opensAllFrames } from "../transform/planning/opened_source.ts";
import { encodeSettings } from "../transform/planning/predict.ts";
import type { TransformRegistry } from "../transform/contract/registry.ts";
import {
  type PixelStep,
  pixelSteps,
  resolveSteps,
  type ResolvedStep,
} from "../transform/planning/resolve_steps.ts";
import type { Size } from "../transform/planning/size.ts";
import type { PixelTransform, StepImage } from "../transform/contract/transform.ts";
import type { OpenSettings } from "../transform/values/open_settings.ts";
import { explainRefusal } from "./input/explain_refusal.ts";
import { orientFrames } from "./input/orient_frames.ts";
import { openSource } from "./open_source.ts";
import { openWithMetadata } from "./metadata/open_with_metadata.ts";
import type { Picture, PixelPicture } from "./picture.ts";
import type { ImageFile, Rendered, RenderJob } from "./renderer.ts";
import { computeFrames } from "./run_frames.ts";
import { applyGroup, computePixels, namesOf, type StepImages, taskOf } from "./run_group.ts";
import { fromSharpError } from "./sharp_error.ts";
import { type OutputOptions, writeOutput } from "./write_output.ts";
import { writePixels, type WritePixelsOptions } from "./write_pixels.ts";

/** A render without the key that names it. */
export type RenderRecipeJob = Omit<RenderJob, "key">;

/**
 * Carries out a recipe: reads one file and writes another of exactly the requested format. The result is in sRGB with 8 bits a channel and
 * without metadata, unless a step changes that.
 *
 * @throws {ProgImageError} `broken_image`, `unsupported_media`, `invalid_parameter`, `too_many_pixels`, `too_costly`, `plugin_failed`,
 * `does_not_fit`
 */
export async function renderRecipe(
  job: RenderRecipeJob,
  registry: TransformRegistry,
  limits: Limits,
): Promise<Rendered> {
  const open = openSettings(job.steps, registry);
  try {
    return await renderOpened(job, open, { registry, limits });
  } catch (error) {
    // No probe has explained the faults of a page that it has not decoded.
    throw isProbedPage({ format: job.inputFormat }, open) ? error : explainRefusal(error, job.input);
  }
}

interface RecipeContext {
  readonly registry: TransformRegistry;
  readonly limits: Limits;
}

async function renderOpened(
  job: RenderRecipeJob,
  open: OpenSettings,
  { registry, limits }: RecipeContext,
): Promise<Rendered> {
  const { format, output: path } = job;
  const settings = { ...job.settings, ...encodeSettings(job.steps, format, registry) };
  const { traits, inputFormat } = job;
  const mayAnimate = canAnimate(inputFormat) && canAnimate(format) && traits?.pages !== 1;
  const isAnimated = mayAnimate && opensAllFrames(open);
  const file = { path: job.input, format: inputFormat };
  const { prescale } = job;
  const recipeSteps = [...(prescale ? [scaleTo(prescale)] : []), ...pixelSteps(job.steps, registry)];
  const firstStep = job.firstOutput ? undefined : recipeSteps[0];
  const sourceOptions = { isAnimated, traits, settings, format, open, firstStep };
  const { source: opened, kept, carriedMetadata } = await openWithMetadata(file, limits, sourceOptions);
  const images = await openImages(job.images ?? {}, limits);
  // libvips notes the orientation that was not applied in an AVIF, so that viewers would apply it.
  const isDecodedFirst = open.isUnturned && format === ("avif" satisfies OutputFormat);
  const source = isDecodedFirst ? await computeGroup(opened, NO_STEPS, { images, limits }) : opened;
  const { firstOutput = job.firstOutput } = opened;
  const steps = [...orientFrames(source.frameOrientation ?? 1), ...recipeSteps];
  const { picture, group } = await computeAllButLast(
    source,
    outputFacts(format).hasAlpha ? steps : [...steps, FLATTEN],
    { format, images, limits, firstOutput, kept },
  );
  const { playback } = picture;
  const options = { format, settings, playback, hasAlpha: mayHaveAlpha(group, picture), carriedMetadata };
  const rendered =
    settings.maxBytes !== undefined || carriedMetadata || NEED_PIXELS.has(format)
      ? await encodePixels(await computeSteps(picture, group, images), path, options)
      : await encodeGroup(picture, group, { images, path, options });
  // A transform may return another size than it has predicted.
  checkOutputSize(rendered, { format, pages: rendered.pages }, limits);
  return rendered;
}

/**
 * The formats that are encoded from computed pixels. A PNG depends on its colours. TIFF's encoder writes numbers as they come, which may be
 * floats after a colour matrix.
 */
const NEED_PIXELS: ReadonlySet<OutputFormat> = new Set(["png", "tiff"]);

interface EncodeGroupOptions {
  readonly images: StepImages;
  readonly path: string;
  readonly options: OutputOptions;
}

/** Encodes the result of a group, which also computes its pixels. */
async function encodeGroup(
  picture: Picture,
  group: StepGroup,
  { images, path, options }: EncodeGroupOptions,
): Promise<Rendered> {
  try {
    return await writeOutput(await applyGroup(picture, group, { images }), path, options);
  } catch (error) {
    throw fromSharpError(error, taskOf(picture, group), namesOf(group));
  }
}

/** Encodes pixels that are already computed, so that no input is read any more. */
async function encodePixels(
  picture: PixelPicture,
  path: string,
  options: WritePixelsOptions,
): Promise<Rendered> {
  try {
    return await writePixels(picture, path, options);
  } catch (error) {
    throw fromSharpError(error, "encode");
  }
}

const NO_STEPS: StepGroup = { steps: [], isPerFrame: false };

/** The last step for formats without alpha. */
const FLATTEN: PixelStep = {
  transform: {
    name: "flatten",
    version: 1,
    summary: "Puts the image on white",
    params: {},
    stage: "flatten",
    frames: "all",
    apply: (image) => image.flatten({ background: "#ffffff" }),
  } satisfies PixelTransform,
  args: {},
};

/** Scales the whole image, ignoring its proportions. */
function scaleTo(size: Size): PixelStep {
  const transform: PixelTransform = {
    name: "prescale",
    version: 1,
    summary: "Scales the image",
    params: {},
    stage: "scale",
    frames: "all",
    size: () => size,
    scaledSize: () => size,
    apply: (image, _args, { output }) => image.resize(output.width, output.height, { fit: "fill" }),
  };
  return { transform, args: {} };
}

interface Workbench {
  readonly images: StepImages;
  readonly limits: Limits;
}

interface ComputeOptions extends Workbench {
  readonly format: OutputFormat;
  readonly firstOutput?: Size;
  /** The properties of the source's colours that steps must preserve. */
  readonly kept?: KeptColor;
}

/** Computes the pixels of all groups but the last, whose pixels are computed during encoding. */
async function computeAllButLast(
  source: Picture,
  steps: readonly PixelStep[],
  { format, images, limits, firstOutput, kept = NOTHING_KEPT }: ComputeOptions,
): Promise<{ readonly picture: Picture; readonly group: StepGroup }> {
  checkKeptProfile(steps, kept);
  let picture = source;
  let left = steps;
  for (;;) {
    const { resolved, rest } = resolveSteps(left, picture.size, left === steps ? firstOutput : undefined);
    resolved.forEach((step, index) =>
      checkStepSize(step, steps.length - left.length + index, picture.pages, limits),
    );
    resolved.forEach((step) => checkKeptDepth(step, kept));
    const groups = planGroups(withoutNeedlessFlatten(resolved, picture), picture);
    const isEnd = rest.length === 0;
    const computed = isEnd ? groups.slice(0, -1) : groups;
    for (const group of computed) picture = await computeGroup(picture, group, { images, limits });
    const group = groups.at(-1);
    if (isEnd && group) {
      checkOutputSize(group.steps.at(-1)?.output ?? picture.size, { format, pages: picture.pages }, limits);
      return { picture, group };
    }
    left = rest;
  }
}

async function computeGroup(
  picture: Picture,
  group: StepGroup,
  { images, limits }: Workbench,
): Promise<PixelPicture> {
  const last = group.steps.at(-1);
  if (!last || last.isPredicted) checkPixelsBetweenSteps(last?.output ?? picture.size, picture.pages, limits);
  const computed = await computeSteps(picture, group, images);
  checkPixelsBetweenSteps(computed.size, computed.pages, limits);
  return computed;
}

async function computeSteps(picture: Picture, group: StepGroup, images: StepImages): Promise<PixelPicture> {
  return group.isPerFrame && isPixelPicture(picture)
    ? await computeFrames(picture, group, images)
    : await computePixels(picture, group, { images });
}

function isPixelPicture(picture: Picture): picture is PixelPicture {
  return picture.file === null;
}

/** Without alpha there is nothing to flatten, so flattening must not add a group. */
function withoutNeedlessFlatten(steps: readonly ResolvedStep[], picture: Picture): readonly ResolvedStep[] {
  const before = steps.slice(0, -1);
  const isNeedless =
    steps.at(-1)?.transform === FLATTEN.transform &&
    !mayHaveAlpha({ steps: before, isPerFrame: false }, picture);
  return isNeedless ? before : steps;
}

/** Opens images one after the other. Some are decoded at once: their pixels are held together, and checked together. */
async function openImages(files: Readonly<Record<string, ImageFile>>, limits: Limits): Promise<StepImages> {
  const opened = new Map<string, StepImage>();
  let held = 0;
  for (const [name, file] of Object.entries(files)) {
    const picture = await openSource(file, limits);
    const { size, hasAlpha, open } = picture;
    if (isPixelPicture(picture)) held += size.width * size.height;
    checkPixelCount(held, limits);
    opened.set(name, { ...size, hasAlpha, open });
  }
  return opened;
}
