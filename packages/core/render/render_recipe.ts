import type { Limits } from "../limits.ts";
import type { EncodeSettings } from "../transform/encode_settings.ts";
import { checkOutputSize, checkPixelsBetweenSteps, checkStepSize } from "../transform/check_size.ts";
import { canAnimate } from "../transform/formats.ts";
import { mayHaveAlpha, planGroups, type StepGroup } from "../transform/plan_groups.ts";
import { encodeSettings } from "../transform/predict.ts";
import type { TransformRegistry } from "../transform/registry.ts";
import { type PixelStep, pixelSteps, resolveSteps, type ResolvedStep } from "../transform/resolve_steps.ts";
import type { PixelTransform, StepImage } from "../transform/transform.ts";
import { type ImageFile, openSource } from "./open_source.ts";
import type { Picture, PixelPicture } from "./picture.ts";
import type { Rendered, RenderJob } from "./renderer.ts";
import { computeFrames } from "./run_frames.ts";
import { applyGroup, computePixels, type StepImages, taskOf } from "./run_group.ts";
import { fromSharpError } from "./sharp_error.ts";
import { writeOutput } from "./write_output.ts";

/** What to render. */
export interface RenderRecipeJob extends Omit<RenderJob, "key"> {
  /** The files of the images that steps name in parameters of kind `image`, by the values of these. */
  readonly images?: Readonly<Record<string, ImageFile>>;
  /** How the result is encoded where no step says so. */
  readonly settings?: EncodeSettings;
}

/**
 * Carries out a recipe: reads one file, writes another of exactly the format asked for, in sRGB, 8 bits a channel, without
 * metadata.
 *
 * @throws {ProgImageError} `broken_image`, `unsupported_media`, `invalid_parameter`, `too_many_pixels`, `too_costly`,
 * `plugin_failed`
 */
export async function renderRecipe(
  job: RenderRecipeJob,
  registry: TransformRegistry,
  limits: Limits,
): Promise<Rendered> {
  const { format, output: path } = job;
  const settings = { ...job.settings, ...encodeSettings(job.steps, format, registry) };
  const { traits, inputFormat } = job;
  const isAnimated = canAnimate(inputFormat) && canAnimate(format) && traits?.pages !== 1;
  const source = await openSource({ path: job.input, format: inputFormat }, limits, { isAnimated, traits });
  const images = await openImages(job.images ?? {}, limits);
  const steps = pixelSteps(job.steps, registry);
  const { picture, group } = await computeAllButLast(
    source,
    format === "jpeg" ? [...steps, FLATTEN] : steps,
    { images, limits },
  );
  try {
    const { playback } = picture;
    const options = { format, settings, playback, hasAlpha: mayHaveAlpha(group, picture) };
    return await writeOutput(await applyGroup(picture, group, { images }), path, options);
  } catch (error) {
    throw fromSharpError(error, taskOf(picture, group));
  }
}

/** What formats without alpha ask for in the end. */
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

interface Workbench {
  readonly images: StepImages;
  readonly limits: Limits;
}

/** Computes the pixels behind all groups but the last, which the encoder draws through. */
async function computeAllButLast(
  source: Picture,
  steps: readonly PixelStep[],
  { images, limits }: Workbench,
): Promise<{ readonly picture: Picture; readonly group: StepGroup }> {
  let picture = source;
  let left = steps;
  for (;;) {
    const { resolved, rest } = resolveSteps(left, picture.size);
    resolved.forEach((step, index) =>
      checkStepSize(step, steps.length - left.length + index, picture.pages, limits),
    );
    const groups = planGroups(withoutNeedlessFlatten(resolved, picture), picture);
    const isEnd = rest.length === 0;
    const computed = isEnd ? groups.slice(0, -1) : groups;
    for (const group of computed) picture = await computeGroup(picture, group, { images, limits });
    const group = groups.at(-1);
    if (isEnd && group) {
      checkOutputSize(group.steps.at(-1)?.output ?? picture.size, picture.pages, limits);
      return { picture, group };
    }
    left = rest;
  }
}

async function computeGroup(
  picture: Picture,
  group: StepGroup,
  { images, limits }: Workbench,
): Promise<Picture> {
  const last = group.steps.at(-1);
  if (!last || last.isPredicted) checkPixelsBetweenSteps(last?.output ?? picture.size, picture.pages, limits);
  const computed =
    group.isPerFrame && isPixelPicture(picture)
      ? await computeFrames(picture, group, images)
      : await computePixels(picture, group, { images });
  checkPixelsBetweenSteps(computed.size, computed.pages, limits);
  return computed;
}

function isPixelPicture(picture: Picture): picture is PixelPicture {
  return picture.file === null;
}

/** Without alpha there is nothing to flatten: no reason for a group of its own. */
function withoutNeedlessFlatten(steps: readonly ResolvedStep[], picture: Picture): readonly ResolvedStep[] {
  const before = steps.slice(0, -1);
  const isNeedless =
    steps.at(-1)?.transform === FLATTEN.transform &&
    !mayHaveAlpha({ steps: before, isPerFrame: false }, picture);
  return isNeedless ? before : steps;
}

async function openImages(files: Readonly<Record<string, ImageFile>>, limits: Limits): Promise<StepImages> {
  const opened = Object.entries(files).map(async ([name, file]): Promise<[string, StepImage]> => {
    const { size, hasAlpha, open } = await openSource(file, limits);
    return [name, { ...size, hasAlpha, open }];
  });
  return new Map(await Promise.all(opened));
}
