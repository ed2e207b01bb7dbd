import {
  ATTRIBUTES,
  extensionOf,
  formatUrlRecipe,
  hasEnded,
  imageFilterJson,
  jsonSteps,
  type ItemResult,
  type ItemSource,
  type Job,
  type JOB_ITEM_SHAPE,
  type JOB_PROBLEM_SHAPE,
  type JOB_SHAPE,
  type JobItem,
  type JobOutput,
  type JobProblem,
  type JsonOf,
  type OutputFormat,
  type TransformRegistry,
} from "@progimage/core";
import { problemHead } from "../problem/problem_kinds.ts";
import { entityTag } from "../answer/entity_tag.ts";
import { isoTime } from "../answer/iso_time.ts";
import { findStepImage } from "../request/step_images.ts";

/** The parts of a server that a job's representation needs. */
export interface JobJsonContext {
  readonly publicUrl: string;
  readonly transforms: TransformRegistry;
}

type JobJson = JsonOf<typeof JOB_SHAPE>;
type JobItemJson = JsonOf<typeof JOB_ITEM_SHAPE>;

/** Returns the API representation of a job: the request in its own terms, and its progress. Fields may be added, never changed. */
export function jobJson(job: Job, { publicUrl, transforms }: JobJsonContext): JobJson {
  const href = `${publicUrl}/jobs/${job.id}`;
  return {
    id: job.id,
    label: job.label,
    metadata: job.metadata,
    status: job.status,
    counts: countsOf(job),
    attempt: job.run,
    ...sourcesJson(job),
    outputs: job.outputs.map((output) => outputJson(output, transforms)),
    deliver: job.deliver,
    attributes: attributesJson(job),
    priority: job.priority,
    webhook: job.webhook && withoutCredentials(job.webhook),
    webhookDelivery: deliveryJson(job),
    keepSeconds: Math.ceil(job.lifetime / 1000),
    createdAt: new Date(job.createdAt).toISOString(),
    startedAt: isoTime(job.startedAt),
    finishedAt: isoTime(job.finishedAt),
    expiresAt: isoTime(job.expiresAt),
    problem: job.problem && jobProblemJson(job.problem),
    href,
    itemsHref: `${href}/items`,
    eventsHref: `${href}/events`,
    resultsHref: `${href}/results.zip`,
  };
}

/** Returns the headers of an answer with a job. */
export function jobHeaders(job: Job, json: JobJson): Record<string, string> {
  const digest = new Bun.CryptoHasher("sha256").update(JSON.stringify(json)).digest("hex");
  return { etag: entityTag(`${job.id}-${digest.slice(0, 16)}`), "cache-control": "private, no-cache" };
}

/** The data that locates a result. */
export interface JobItemContext extends JobJsonContext {
  readonly job: Job;
}

/** Returns the API representation of an item of a job. */
export function jobItemJson(item: JobItem, context: JobItemContext): JobItemJson {
  return {
    index: item.place,
    source: sourceJson(item.source),
    status: item.status,
    results: item.results.map((result) => resultJson(result, item, context)),
    problem: item.problem && jobProblemJson(item.problem),
  };
}

/** Returns an error of a job as a problem document without a request. */
export function jobProblemJson({ code, message, output }: JobProblem): JsonOf<typeof JOB_PROBLEM_SHAPE> {
  const where = output === undefined ? {} : { output };
  return { ...problemHead(code), detail: message, ...where };
}

function countsOf(job: Job) {
  const { total, succeeded, failed } = job;
  const cancelled = hasEnded(job) ? (total ?? 0) - succeeded - failed : 0;
  return { total, succeeded, failed, cancelled };
}

/** Returns the selection of a job. Lists are `null`, because its items contain them. Uploaded files are not a selection. */
function sourcesJson({ sources }: Job): Pick<JobJson, "onlyNew" | "select"> {
  switch (sources.kind) {
    case "filter": {
      const isAll = Object.keys(sources.filter).length === 0;
      return { select: isAll ? { all: true } : { filter: imageFilterJson(sources.filter) } };
    }
    case "exchange": {
      const { prefix, onlyNew = false } = sources;
      const exchange = prefix === "" ? { all: true } : { prefix };
      return { select: { exchange }, ...(onlyNew && { onlyNew }) };
    }
    case "ids":
      return { select: { ids: null } };
    case "urls":
    case "describedUrls":
      return { select: { urls: null } };
    default:
      return { select: null };
  }
}

function outputJson({ name, steps, format }: JobOutput, transforms: TransformRegistry) {
  return { name, steps: jsonSteps(steps), format, recipe: formatUrlRecipe({ steps, format }, transforms) };
}

function attributesJson({ attributes }: Job) {
  const said = Object.entries(attributes) as [keyof typeof ATTRIBUTES, never][];
  return Object.fromEntries(said.map(([name, value]) => [name, ATTRIBUTES[name].toJson(value)]));
}

/** Returns the delivery state of the webhook; `null` before the end of the job, and without a webhook. */
function deliveryJson(job: Job) {
  if (job.webhook === null || !hasEnded(job)) return null;
  const {
    status = "pending",
    attempts = 0,
    lastStatus = null,
    lastAttemptAt = null,
  } = job.webhookDelivery ?? {};
  return { status, attempts, lastStatus, lastAttemptAt: isoTime(lastAttemptAt) };
}

/** Credentials can be in the user information of a URL, and in its query. */
function withoutCredentials(webhook: string): string | null {
  const url = URL.parse(webhook);
  return url && url.origin + url.pathname;
}

/** Omits the location of staged bytes, and the attributes of an image: the image has these. */
function sourceJson(source: ItemSource): JobItemJson["source"] {
  if ("url" in source) return { url: source.url };
  return "upload" in source ? { upload: source.upload } : source;
}

function resultJson(result: ItemResult, item: JobItem, context: JobItemContext) {
  const { output, format, bytes, imageId, exchange } = result;
  const name = context.job.outputs[output]?.name ?? null;
  return { output, name, format, bytes, imageId, exchange, href: hrefOf(result, item, context) };
}

/** Returns the URL of a result: of the stored image, or of the derivative. Files of the exchange have no URL. */
function hrefOf(
  { imageId, key, output, format }: ItemResult,
  { source }: JobItem,
  { job, publicUrl, transforms }: JobItemContext,
): string | null {
  if (imageId !== undefined) return `${publicUrl}/images/${imageId}`;
  const steps = job.outputs[output]?.steps;
  if (key === undefined || !steps || !("id" in source)) return null;
  // The URL of an image can only refer to stored images.
  if (findStepImage(steps, transforms, ["url"]) !== undefined) return null;
  const query = formatUrlRecipe({ steps, format: null }, transforms);
  const extension = extensionOf(format as OutputFormat);
  return `${publicUrl}/images/${source.id}.${extension}${query === "" ? "" : `?${query}`}`;
}
