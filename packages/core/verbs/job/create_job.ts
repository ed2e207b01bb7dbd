import { digestOfKey } from "../../blob/blob_store.ts";
import { ProgImageError } from "../../error.ts";
import { attributesText } from "../../image/image_attributes.ts";
import { isImageId, newImageId } from "../../image/image_id.ts";
import type { ExchangeSelection, Selection } from "../../image/selection.ts";
import {
  type Job,
  type JobAttributes,
  type JobBound,
  type JobDelivery,
  type JobMetadata,
  type JobOutput,
  type JobPriority,
  type JobSources,
  type StagedArchive,
} from "../../job/job.ts";
import type { DescribedUrl, RefusedUpload, StagedUpload } from "../../job/job_item.ts";
import { checkFilePrefix } from "../../job/exchange/file_name.ts";
import { expandTask } from "../../job/queue/job_tasks.ts";
import { waitingLimitsOf } from "../../job/waiting_limits.ts";
import type { Ports } from "../../ports.ts";
import { readPart } from "../../shape/read_shape.ts";
import { parseSourceUrl } from "../../source/source_url.ts";

/** The sources of a job in a request: a selection or an upload. */
export type JobSelection =
  | Selection
  /** Images at URLs, each with its own attributes. */
  | { readonly describedUrls: readonly DescribedUrl[] }
  /** Files whose bytes are staged. */
  | { readonly uploads: readonly (StagedUpload | RefusedUpload)[] }
  /** An archive whose bytes are staged, with the names of its files in order. */
  | { readonly archive: StagedArchive; readonly names: readonly string[] };

/** A request for a job. */
export interface JobRequest {
  readonly select: JobSelection;
  /** Whether files of the exchange whose bytes are already stored are skipped. Only for jobs without outputs. @default {false} */
  readonly onlyNew?: boolean;
  /** An empty list stores the sources unchanged. */
  readonly outputs: readonly JobOutput[];
  readonly deliver: JobDelivery;
  /** @default {"normal"} */
  readonly priority?: JobPriority;
  /** The URL that is called when the job ends. */
  readonly webhook?: string | null;
  readonly attributes?: JobAttributes;
  readonly label?: string | null;
  readonly metadata?: JobMetadata;
  /** Milliseconds from the end of the job to its expiry. @default a week */
  readonly lifetime?: number;
}

const WEEK_MILLISECONDS = 7 * 86_400_000;

/**
 * Creates a job. When this resolves, the job survives a crash, and some process will run it. A filter selects the images that exist
 * now.
 *
 * @throws {ProgImageError} `invalid_parameter` for a request that no images could satisfy; `too_many_jobs`
 */
export async function createJob(
  ports: Pick<Ports, "catalog" | "exchange" | "jobs" | "limits" | "now" | "owner" | "queue">,
  request: JobRequest,
): Promise<Job> {
  const job = await draftJob(ports, request);
  await beginJob(ports, job, request);
  return job;
}

/** Returns the job for a request without recording it. @throws {ProgImageError} `invalid_parameter` */
export async function draftJob(
  ports: Pick<Ports, "catalog" | "exchange" | "limits" | "now" | "owner">,
  request: JobRequest,
  id?: string,
): Promise<Job> {
  checkRequest(ports, request);
  const { outputs, deliver, priority = "normal", webhook = null, attributes = {} } = request;
  const now = ports.now();
  return {
    id: id ?? newImageId(now),
    owner: ports.owner,
    status: "queued",
    sources: await freezeSources(ports, request),
    outputs,
    deliver,
    priority,
    webhook,
    attributes,
    label: request.label ?? null,
    metadata: request.metadata ?? {},
    total: null,
    succeeded: 0,
    failed: 0,
    problem: null,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    lifetime: request.lifetime ?? WEEK_MILLISECONDS,
    run: 1,
    webhookDelivery: null,
    isExpanded: false,
    expandedTo: 0,
    cursor: null,
    waiting: listOf(request.select).length,
  };
}

/** Records a job and queues it. @throws {ProgImageError} `too_many_jobs` */
export async function beginJob(
  ports: Pick<Ports, "jobs" | "limits" | "queue">,
  job: Job,
  { select }: Pick<JobRequest, "select">,
): Promise<void> {
  const limits = waitingLimitsOf(ports.limits);
  await ports.jobs.add(job, listOf(select), { staged: stagedKeys(select), limits });
  await ports.queue.add([expandTask(job, 0)]);
}

async function freezeSources(
  ports: Pick<Ports, "catalog">,
  { select, onlyNew = false }: JobRequest,
): Promise<JobSources> {
  if ("ids" in select) return { kind: "ids", sha256: digestOf(select.ids) };
  if ("urls" in select) return { kind: "urls", sha256: digestOf(select.urls) };
  if ("describedUrls" in select)
    return { kind: "describedUrls", sha256: digestOf(select.describedUrls.map(comparableUrl)) };
  if ("uploads" in select) return { kind: "uploads", sha256: digestOf(select.uploads.map(comparableUpload)) };
  if ("archive" in select)
    return { kind: "archive", ...select.archive, sha256: digestOfKey(select.archive.blob) };
  if ("exchange" in select)
    return { kind: "exchange", prefix: prefixOf(select.exchange), ...(onlyNew && { onlyNew }) };
  const filter = "filter" in select ? select.filter : {};
  return { kind: "filter", filter, bound: await newestImage(ports) };
}

function prefixOf(exchange: ExchangeSelection): string {
  return "prefix" in exchange ? exchange.prefix : "";
}

function digestOf(list: readonly string[]): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(list)).digest("hex");
}

/** Returns a canonical text of a source, equal for equal sources. */
function comparableUrl({ url, attributes = {} }: DescribedUrl): string {
  return JSON.stringify([url, attributesText(attributes)]);
}

/** Returns a canonical text of an upload. It is equal for equal files, also with different blob keys or expiry. */
function comparableUpload(upload: StagedUpload | RefusedUpload): string {
  if ("problem" in upload) return JSON.stringify([upload.upload, upload.problem.code]);
  const { expiresAt: _expiresAt, tags, metadata, ...others } = upload.attributes ?? {};
  const more = Object.keys(others).length > 0 ? [others] : [];
  return JSON.stringify([upload.upload, digestOfKey(upload.blob), tags, metadata, ...more]);
}

async function newestImage({ catalog }: Pick<Ports, "catalog">): Promise<JobBound | null> {
  const [newest] = await catalog.list({ order: "createdAt", descending: true, limit: 1 });
  return newest ? { createdAt: newest.createdAt, id: newest.id } : null;
}

/** Returns the entries of a selection that is a list; empty for others. */
function listOf(select: JobSelection): readonly string[] {
  if ("archive" in select) return select.names;
  if ("uploads" in select) return select.uploads.map((upload) => JSON.stringify(upload));
  if ("describedUrls" in select) return select.describedUrls.map((each) => JSON.stringify(each));
  return "ids" in select ? select.ids : "urls" in select ? select.urls : [];
}

/** Returns the keys of the bytes that were staged for a job. */
export function stagedKeys(select: JobSelection): readonly string[] {
  if ("archive" in select) return [select.archive.blob];
  return "uploads" in select ? select.uploads.flatMap((upload) => ("blob" in upload ? upload.blob : [])) : [];
}

function checkRequest(ports: Pick<Ports, "exchange" | "limits">, request: JobRequest): void {
  const { select, outputs, deliver } = request;
  const { selectionItems, jobOutputs } = ports.limits;
  const list = listOf(select);
  const isListed = "ids" in select || "urls" in select;
  if (isListed && (list.length === 0 || list.length > selectionItems))
    throw refuse(
      "ids" in select ? "select/ids" : "select/urls",
      `it may have 1 to ${selectionItems} of them: there are ${list.length}`,
      selectionItems,
    );
  if ("ids" in select && !select.ids.every(isImageId))
    throw refuse("select/ids", "each must be the id of an image: one of them is none");
  if ("urls" in select) for (const url of select.urls) parseSourceUrl(url);
  if ("describedUrls" in select)
    for (const [place, { url }] of select.describedUrls.entries())
      readPart(`items/${place}/url`, () => parseSourceUrl(url));
  if (outputs.length > jobOutputs)
    throw refuse(
      "outputs",
      `it may have at most ${jobOutputs} of them: there are ${outputs.length}`,
      jobOutputs,
    );
  const isStored = "ids" in select || "filter" in select || "all" in select;
  if (("uploads" in select || "archive" in select) && outputs.length > 0)
    throw refuse("outputs", "what is sent along is stored as it is: name none");
  if (outputs.length === 0 && (deliver !== "images" || isStored))
    throw refuse("outputs", "only what lies elsewhere can be stored as it is: name at least one");
  if (deliver === "derivatives" && !isStored)
    throw refuse("deliver", "derivatives are kept of images of the repository only");
  checkExchange(ports, request);
}

/** Rejects a delivery among the sources, whose results would be found as sources again, without end. */
function checkExchange(
  { exchange }: Pick<Ports, "exchange">,
  { select, onlyNew = false, outputs, deliver }: JobRequest,
): void {
  const from = "exchange" in select ? prefixOf(select.exchange) : null;
  const to = typeof deliver === "object" ? deliver.exchange.prefix : null;
  if (from === null && to === null) return;
  if (!exchange) {
    const reason = "this server has no exchange. Its operator opens one by PROGIMAGE_EXCHANGE_DIR";
    throw new ProgImageError("feature_disabled", `Cannot begin job: ${reason}`, {
      details: { parameter: from === null ? "deliver" : "select/exchange" },
    });
  }
  if (from !== null) checkFilePrefix(from, "select/exchange/prefix");
  if (to !== null) checkFilePrefix(to, "deliver/exchange/prefix");
  if (from !== null && to !== null && (from.startsWith(to) || to.startsWith(from)))
    throw refuse("deliver", "results must not lie where the sources do: one prefix begins with the other");
  if (onlyNew && outputs.length > 0)
    throw refuse("onlyNew", "only what is stored as it is can be left out if it is there already");
}

function refuse(parameter: string, reason: string, limit?: number): ProgImageError {
  const details = { parameter, ...(limit !== undefined && { limit }) };
  return new ProgImageError("invalid_parameter", `Cannot begin job because of ${parameter}: ${reason}`, {
    details,
  });
}
