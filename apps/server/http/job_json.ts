import {
  extensionOf,
  formatUrlRecipe,
  imageFilterJson,
  type ItemResult,
  type ItemSource,
  type Job,
  type JobItem,
  type JobProblem,
  type OutputFormat,
  type TransformRegistry,
} from "@progimage/core";
import { problemHead } from "../problem/problem_kinds.ts";
import { entityTag } from "./entity_tag.ts";
import { findStepImage } from "./step_images.ts";

/** What it takes to show a job. */
export interface JobJsonContext {
  readonly publicUrl: string;
  readonly transforms: TransformRegistry;
}

/** A job as the API shows it. Fields may be added, never changed. Its webhook stays between the server and whoever named it. */
export function jobJson(job: Job, { publicUrl, transforms }: JobJsonContext) {
  const href = `${publicUrl}/jobs/${job.id}`;
  return {
    id: job.id,
    state: job.state,
    total: job.total,
    done: job.done,
    failed: job.failed,
    run: job.run,
    priority: job.priority,
    sources: sourcesJson(job),
    outputs: job.outputs.map(({ name, steps, format }) => ({
      name,
      recipe: formatUrlRecipe({ steps, format }, transforms),
    })),
    deliver: job.deliver,
    createdAt: timeOf(job.createdAt),
    startedAt: timeOf(job.startedAt),
    finishedAt: timeOf(job.finishedAt),
    expiresAt: timeOf(job.expiresAt),
    problem: job.problem && jobProblemJson(job.problem),
    href,
    itemsHref: `${href}/items`,
    eventsHref: `${href}/events`,
    resultsHref: `${href}/results.zip`,
  };
}

/** The headers of an answer that shows a job. */
export function jobHeaders(job: Job, json: ReturnType<typeof jobJson>): Record<string, string> {
  const digest = new Bun.CryptoHasher("sha256").update(JSON.stringify(json)).digest("hex");
  return { etag: entityTag(`${job.id}-${digest.slice(0, 16)}`), "cache-control": "private, no-cache" };
}

/** What it takes to say where a result is. */
export interface JobItemContext extends JobJsonContext {
  readonly job: Job;
}

/** An item of a job as the API shows it. Places and outputs are counted from 1. */
export function jobItemJson(item: JobItem, context: JobItemContext) {
  return {
    place: item.place + 1,
    source: sourceJson(item.source),
    state: item.state,
    results: item.results.map((result) => resultJson(result, item, context)),
    problem: item.problem && jobProblemJson(item.problem),
  };
}

/** Gives what went wrong as a problem document that belongs to no request. */
export function jobProblemJson({ code, message, output }: JobProblem) {
  const where = output === undefined ? {} : { output: output + 1 };
  return { ...problemHead(code), detail: message, ...where };
}

/** Where bytes are staged is nobody's business. */
function sourceJson(source: ItemSource): object {
  return "upload" in source ? { upload: source.upload } : source;
}

function sourcesJson({ sources }: Job) {
  switch (sources.kind) {
    case "filter":
      return { kind: sources.kind, filter: imageFilterJson(sources.filter) };
    case "files":
      return { kind: sources.kind, prefix: sources.prefix };
    default:
      return { kind: sources.kind };
  }
}

function resultJson(result: ItemResult, item: JobItem, context: JobItemContext) {
  const { output, format, bytes, image, file } = result;
  const name = context.job.outputs[output]?.name ?? null;
  return { output: output + 1, name, format, bytes, image, file, href: hrefOf(result, item, context) };
}

/** Where a result is: the image that was stored, or the derivative; what lies among files has no address here. */
function hrefOf(
  { image, key, output, format }: ItemResult,
  { source }: JobItem,
  { job, publicUrl, transforms }: JobItemContext,
): string | null {
  if (image !== undefined) return `${publicUrl}/images/${image}`;
  const steps = job.outputs[output]?.steps;
  if (key === undefined || !steps || !("id" in source)) return null;
  // The URL of an image names stored images only.
  if (findStepImage(steps, transforms, ["url"]) !== undefined) return null;
  const query = formatUrlRecipe({ steps, format: null }, transforms);
  const extension = extensionOf(format as OutputFormat);
  return `${publicUrl}/images/${source.id}.${extension}${query === "" ? "" : `?${query}`}`;
}

function timeOf(time: number | null | undefined): string | null {
  return typeof time === "number" ? new Date(time).toISOString() : null;
}
