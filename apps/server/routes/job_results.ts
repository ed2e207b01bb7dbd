import {
  hasEnded,
  type ItemResult,
  type Job,
  type JobItem,
  type JobItemStatus,
  ProgImageError,
} from "@progimage/core";
import { wholeContent } from "../archive/whole_content.ts";
import { jobProblemJson } from "../jobs/job_json.ts";
import { type Problem, problemOf } from "../http/problem.ts";
import { contextOf } from "../http/request_context.ts";
import { type ZipEntry, zipAnswer, zipHeaders } from "../answer/zip_answer.ts";
import { JobResultFiles, type ResultFile } from "../jobs/job_result_files.ts";
import type { ServerContext, SharedContext } from "../server_context.ts";
import { findPermittedJob } from "./find_permitted_job.ts";

/** Seconds that the connection may be silent between two files. */
const KEEP_ALIVE_SECONDS = 255;

/** Items read from the records at once. */
const PAGE = 100;

/** Results that are prepared while earlier ones are sent. */
const AHEAD = 4;

/** The maximum number of missing results that are listed. Further ones are only counted. */
const MAX_TOLD = 1_000;

/** `GET /jobs/{id}/results.zip`: all results of a job, as stored or rendered again. */
export function jobResultsRoute(shared: SharedContext) {
  return async ({
    request,
    params,
  }: {
    readonly request: Request;
    readonly params: { readonly id: string };
  }): Promise<Response> => {
    const context = shared.of(request);
    const { ports } = context;
    const job = await findPermittedJob(ports, request, params.id);
    if (!hasEnded(job))
      throw new ProgImageError(
        "conflict",
        `Cannot give results as the job must have ended: it is ${job.status}`,
      );
    const fileName = `job-${job.id}.zip`;
    // Otherwise all results would be prepared in vain.
    if (request.method === "HEAD") return new Response(null, { headers: zipHeaders(fileName) });
    const files = new JobResultFiles(ports, job, request.signal);
    return zipAnswer(request, zipEntries(context, request, job, files), { fileName, held: files });
  };
}

async function* zipEntries(
  context: ServerContext,
  request: Request,
  job: Job,
  results: JobResultFiles,
): AsyncGenerator<ZipEntry> {
  await using files = results;
  const lost = new LostResults(context, request);
  const begun: Promise<PromiseSettledResult<ResultFile>>[] = [];
  try {
    for await (const [item, result] of resultsOf(context, job)) {
      begun.push(settle(files.prepare(item, result)));
      if (begun.length > AHEAD) yield* fileEntries(request, await begun.shift(), lost);
    }
    while (begun.length > 0) yield* fileEntries(request, await begun.shift(), lost);
  } finally {
    // Prepared files remain if the client stops reading.
    for (const result of await Promise.all(begun))
      if (result.status === "fulfilled") await result.value[Symbol.asyncDispose]();
  }
  if (job.failed > 0 || lost.count > 0) {
    const input = encoded(errorsJson(context, job, lost));
    yield { name: "errors.json", input };
  }
}

/** Yields the results of a job in the order of its items. */
async function* resultsOf(context: ServerContext, job: Job): AsyncGenerator<readonly [JobItem, ItemResult]> {
  for await (const item of itemsOf(context, job))
    for (const result of item.results) yield [item, result] as const;
}

async function* itemsOf({ ports }: ServerContext, job: Job, status?: JobItemStatus): AsyncGenerator<JobItem> {
  let from: number | undefined = 0;
  while (from !== undefined) {
    const items: readonly JobItem[] = await ports.jobs.items(job.id, { limit: PAGE, from, status });
    yield* items;
    const last = items.length === PAGE ? items.at(-1) : undefined;
    from = last && last.place + 1;
  }
}

async function* fileEntries(
  request: Request,
  result: PromiseSettledResult<ResultFile> | undefined,
  lost: LostResults,
): AsyncGenerator<ZipEntry> {
  contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
  if (result?.status === "rejected") lost.add(result.reason);
  if (result?.status !== "fulfilled") return;
  await using file = result.value;
  const input = await file.open().catch((error: unknown) => lost.add(error));
  if (!input) return;
  const whole = file.bytes === undefined ? input : wholeContent(input, file.bytes);
  yield { name: file.name, input: whole, size: file.bytes };
}

async function* errorsJson(context: ServerContext, job: Job, lost: LostResults): AsyncGenerator<string> {
  yield `{ "lost": ${lost.count}, "errors": [`;
  let separator = "\n";
  for (const problem of lost.problems) {
    yield separator + JSON.stringify({ problem });
    separator = ",\n";
  }
  for await (const { place, source, problem } of itemsOf(context, job, "failed")) {
    yield separator + JSON.stringify({ index: place, source, problem: problem && jobProblemJson(problem) });
    separator = ",\n";
  }
  yield "\n] }\n";
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

async function settle<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([work]);
  return result;
}

/** Results that no longer exist, for example because an image was deleted. Any other failure aborts the answer. */
class LostResults {
  readonly #context: ServerContext;
  readonly #request: Request;
  readonly problems: Problem[] = [];
  count = 0;

  constructor(context: ServerContext, request: Request) {
    this.#context = context;
    this.#request = request;
  }

  add(error: unknown): void {
    const { config, log } = this.#context;
    const requestId = contextOf(this.#request).id;
    const problem = problemOf(error, { requestId, debug: config.debug });
    if (problem.status >= 499) {
      if (!this.#request.signal.aborted)
        log.error({ requestId, err: error }, "Cannot go on with the results of a job");
      throw error;
    }
    if (this.count++ < MAX_TOLD) this.problems.push(problem);
  }
}
