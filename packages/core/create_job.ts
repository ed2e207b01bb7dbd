import { digestOfKey } from "./blob/blob_store.ts";
import { ProgImageError } from "./error.ts";
import { isImageId, newImageId } from "./image/image_id.ts";
import {
  type Job,
  type JobAttributes,
  type JobBound,
  type JobDelivery,
  type JobFilter,
  type JobOutput,
  type JobPriority,
  type JobSources,
  type StagedArchive,
} from "./job/job.ts";
import type { RefusedUpload, StagedUpload } from "./job/job_item.ts";
import { checkFilePrefix } from "./job/file_name.ts";
import { listOrder } from "./job/find_sources.ts";
import { expandTask } from "./job/job_tasks.ts";
import { waitingLimitsOf } from "./job/waiting_limits.ts";
import { checkListQuery } from "./list_images.ts";
import type { Ports } from "./ports.ts";
import { parseSourceUrl } from "./source/source_url.ts";

/** The sources of a job as a caller names them. */
export type RequestedSources =
  | { readonly ids: readonly string[] }
  | { readonly urls: readonly string[] }
  | { readonly filter: JobFilter }
  /** Files whose bytes were staged. */
  | { readonly uploads: readonly (StagedUpload | RefusedUpload)[] }
  /** An archive whose bytes were staged, and the names of its files in their order. */
  | { readonly archive: StagedArchive; readonly names: readonly string[] }
  | {
      /** What the names of files begin with. */
      readonly files: string;
      /** Leaves out what is stored already, by its bytes. For sources that are stored as they are. */
      readonly onlyNew?: boolean;
    };

/** What a caller wants a job to do. */
export interface JobRequest {
  readonly sources: RequestedSources;
  /** Empty stores the sources as they are. */
  readonly outputs: readonly JobOutput[];
  readonly deliver: JobDelivery;
  /** @default {"normal"} */
  readonly priority?: JobPriority;
  /** The URL that hears when the job has ended. */
  readonly webhook?: string | null;
  readonly attributes?: JobAttributes;
  /** How long the job stays after it has ended, in milliseconds. @default a week */
  readonly lifetime?: number;
}

const WEEK_MILLISECONDS = 7 * 86_400_000;

/**
 * Begins a job. When this resolves it survives a crash: some process will carry it out. A filter stands for the images that there
 * are now.
 *
 * @throws {ProgImageError} `invalid_parameter` for what cannot be done, whatever its images are; `too_many_jobs`
 */
export async function createJob(
  ports: Pick<Ports, "catalog" | "exchange" | "jobs" | "limits" | "now" | "queue">,
  request: JobRequest,
): Promise<Job> {
  const job = await draftJob(ports, request);
  await beginJob(ports, job, request);
  return job;
}

/** Gives the job that a request asks for, before anybody knows of it. @throws {ProgImageError} `invalid_parameter` */
export async function draftJob(
  ports: Pick<Ports, "catalog" | "exchange" | "limits" | "now">,
  request: JobRequest,
  id?: string,
): Promise<Job> {
  checkRequest(ports, request);
  const { outputs, deliver, priority = "normal", webhook = null, attributes = {} } = request;
  const now = ports.now();
  return {
    id: id ?? newImageId(now),
    owner: "",
    state: "queued",
    sources: await freezeSources(ports, request.sources),
    outputs,
    deliver,
    priority,
    webhook,
    attributes,
    total: null,
    done: 0,
    failed: 0,
    problem: null,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    lifetime: request.lifetime ?? WEEK_MILLISECONDS,
    run: 1,
    notifiedRun: 0,
    isExpanded: false,
    expandedTo: 0,
    cursor: null,
    waiting: listOf(request.sources).length,
  };
}

/** Records a job and has it carried out. @throws {ProgImageError} `too_many_jobs` */
export async function beginJob(
  ports: Pick<Ports, "jobs" | "limits" | "queue">,
  job: Job,
  { sources }: Pick<JobRequest, "sources">,
): Promise<void> {
  const limits = waitingLimitsOf(ports.limits);
  await ports.jobs.add(job, listOf(sources), { staged: stagedKeys(sources), limits });
  await ports.queue.add([expandTask(job, 0)]);
}

async function freezeSources(ports: Pick<Ports, "catalog">, sources: RequestedSources): Promise<JobSources> {
  if ("ids" in sources) return { kind: "ids", sha256: digestOf(sources.ids) };
  if ("urls" in sources) return { kind: "urls", sha256: digestOf(sources.urls) };
  if ("uploads" in sources)
    return { kind: "uploads", sha256: digestOf(sources.uploads.map(comparableUpload)) };
  if ("archive" in sources)
    return { kind: "archive", ...sources.archive, sha256: digestOfKey(sources.archive.blob) };
  if ("files" in sources) {
    const { files: prefix, onlyNew = false } = sources;
    return { kind: "files", prefix, ...(onlyNew && { onlyNew }) };
  }
  return { kind: "filter", filter: sources.filter, bound: await newestImage(ports) };
}

function digestOf(list: readonly string[]): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(list)).digest("hex");
}

/** Under whichever key bytes are staged, and whenever they expire: the same files are the same. */
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

/** Gives what items are made of, where that is a list. */
function listOf(sources: RequestedSources): readonly string[] {
  if ("archive" in sources) return sources.names;
  if ("uploads" in sources) return sources.uploads.map((upload) => JSON.stringify(upload));
  return "ids" in sources ? sources.ids : "urls" in sources ? sources.urls : [];
}

/** Gives the keys of the bytes that were staged for sources. */
export function stagedKeys(sources: RequestedSources): readonly string[] {
  if ("archive" in sources) return [sources.archive.blob];
  return "uploads" in sources
    ? sources.uploads.flatMap((upload) => ("blob" in upload ? upload.blob : []))
    : [];
}

function checkRequest(ports: Pick<Ports, "exchange" | "limits">, request: JobRequest): void {
  const { sources, outputs, deliver } = request;
  const { jobSources, jobOutputs } = ports.limits;
  const list = listOf(sources);
  const isNamed = "ids" in sources || "urls" in sources;
  if (isNamed && (list.length === 0 || list.length > jobSources))
    throw refuse("sources", `it may have 1 to ${jobSources} of them: there are ${list.length}`, jobSources);
  if ("ids" in sources && !sources.ids.every(isImageId))
    throw refuse("sources", "each must be the id of an image: one of them is none");
  if ("urls" in sources) for (const url of sources.urls) parseSourceUrl(url);
  if ("filter" in sources) checkListQuery({ ...listOrder(sources.filter), ...sources.filter });
  if (outputs.length > jobOutputs)
    throw refuse(
      "outputs",
      `it may have at most ${jobOutputs} of them: there are ${outputs.length}`,
      jobOutputs,
    );
  const isStored = "ids" in sources || "filter" in sources;
  if (("uploads" in sources || "archive" in sources) && outputs.length > 0)
    throw refuse("outputs", "what is sent along is stored as it is: name none");
  if (outputs.length === 0 && (deliver !== "images" || isStored))
    throw refuse("outputs", "only what lies elsewhere can be stored as it is: name at least one");
  if (deliver === "derivatives" && !isStored)
    throw refuse("deliver", "derivatives are kept of images of the repository only");
  checkFiles(ports, request);
}

/** Results among the sources would be found as sources, and so on for ever. */
function checkFiles({ exchange }: Pick<Ports, "exchange">, { sources, outputs, deliver }: JobRequest): void {
  const from = "files" in sources ? sources.files : null;
  const to = typeof deliver === "object" ? deliver.prefix : null;
  if (from === null && to === null) return;
  if (!exchange) {
    const reason = "this server has no place for files. Its operator names one by PROGIMAGE_EXCHANGE_DIR";
    throw new ProgImageError("feature_disabled", `Cannot begin job: ${reason}`, {
      details: { parameter: from === null ? "deliver" : "sources" },
    });
  }
  for (const prefix of [from, to]) if (prefix !== null) checkFilePrefix(prefix);
  if (from !== null && to !== null && (from.startsWith(to) || to.startsWith(from)))
    throw refuse("deliver", "results must not lie where the sources do: one prefix begins with the other");
  if ("onlyNew" in sources && sources.onlyNew && outputs.length > 0)
    throw refuse("sources", "only what is stored as it is can be left out if it is there already");
}

function refuse(parameter: string, reason: string, limit?: number): ProgImageError {
  const details = { parameter, ...(limit !== undefined && { limit }) };
  return new ProgImageError("invalid_parameter", `Cannot begin job because of "${parameter}": ${reason}`, {
    details,
  });
}
