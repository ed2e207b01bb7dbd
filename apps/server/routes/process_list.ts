import {
  type DerivativePlan,
  extensionOf,
  type FoundImage,
  type RenderedFile,
  renderOutputs,
  storeRendered,
} from "@progimage/core";
import { idempotencyKeyOf } from "../http/idempotency_key.ts";
import { imageJson } from "../http/image_json.ts";
import { type Problem, problemOf } from "../http/problem.ts";
import { contextOf } from "../http/request_context.ts";
import { type ZipEntry, zipAnswer } from "../http/zip_answer.ts";
import type { ServerContext } from "../server_context.ts";
import { attributesFor, findSource, planOutput, type Work } from "./process_work.ts";

interface Done {
  readonly file: RenderedFile;
  readonly plan: DerivativePlan;
  readonly found: FoundImage;
}

/** One of many results: of which image, which output, and what became of it. */
interface ListResult {
  /** Counted from 0. */
  readonly source: number;
  /** Counted from 0. */
  readonly output: number;
  /** What its file in an archive is called, without extension. */
  readonly name: string;
  readonly done: PromiseSettledResult<Done>;
}

/** Answers a request for several results: as a zip, or as the list of what was stored. One that fails does not lose the others. */
export async function processList(context: ServerContext, work: Work): Promise<Response> {
  const first = await prepareFirst(context, work).catch(async (error: unknown) => {
    await work[Symbol.asyncDispose]();
    throw error;
  });
  const results = renderList(context, work, first);
  if (work.wanted.save === null) return zipAnswer(zipEntries(context, work, results), "images.zip");
  const items: unknown[] = [];
  for await (const result of results) items.push(await storeResult(context, work, result));
  return Response.json({ items }, { headers: { "cache-control": "no-store" } });
}

interface Prepared {
  readonly found: FoundImage;
  readonly plans: readonly DerivativePlan[];
}

/** With a single image, what cannot be done is said before anything else is. */
async function prepareFirst(context: ServerContext, work: Work): Promise<Prepared | null> {
  const isOnly = work.posted.length + work.wanted.sources.length === 1;
  return isOnly ? await prepare(context, work, 0) : null;
}

async function prepare(context: ServerContext, work: Work, index: number): Promise<Prepared> {
  const found = await findSource(context, work, index);
  const plans: DerivativePlan[] = [];
  for (const output of work.wanted.outputs) plans.push(await planOutput(context, work, output, found.source));
  return { found, plans };
}

async function* renderList(
  context: ServerContext,
  work: Work,
  first: Prepared | null,
): AsyncGenerator<ListResult> {
  await using held = work;
  const { outputs, sources } = held.wanted;
  const count = held.posted.length + sources.length;
  for (let source = 0; source < count; source++) {
    const folder = count === 1 ? "" : `${source + 1}/`;
    let output = 0;
    for await (const done of renderSource(context, held, source, first)) {
      const name = `${folder}${outputs[output]?.name ?? output + 1}`;
      yield { source, output, name, done };
      output++;
    }
  }
}

/** Gives a result for each output, also if the image turns out to be of no use. */
async function* renderSource(
  context: ServerContext,
  work: Work,
  source: number,
  first: Prepared | null,
): AsyncGenerator<PromiseSettledResult<Done>> {
  const { ports } = context;
  const { request, wanted } = work;
  const { signal } = request;
  const folder = wanted.save === null ? ports.scratch : ports.spool;
  let given = 0;
  try {
    const { found, plans } = first ?? (await prepare(context, work, source));
    const results = renderOutputs(ports, plans, { reuse: wanted.reuse, folder, signal });
    for await (const result of results) {
      const plan = plans[given++];
      if (result.status === "rejected" || !plan) yield result as PromiseRejectedResult;
      else yield { status: "fulfilled", value: { file: result.value, plan, found } };
    }
  } catch (reason) {
    for (; given < wanted.outputs.length; given++) yield { status: "rejected", reason };
  }
}

async function* zipEntries(
  context: ServerContext,
  { request }: Work,
  results: AsyncGenerator<ListResult>,
): AsyncGenerator<ZipEntry> {
  const errors: unknown[] = [];
  for await (const { source, output, name, done } of results) {
    if (done.status === "rejected") {
      const problem = failure(context, request, done.reason);
      errors.push({ source: source + 1, output: output + 1, name, problem });
      continue;
    }
    const { file, plan } = done.value;
    await using sent = file;
    const input = Bun.file(sent.path).stream();
    yield { name: `${name}.${extensionOf(plan.format)}`, input, size: sent.bytes };
  }
  if (errors.length > 0) yield { name: "errors.json", input: `${JSON.stringify({ errors }, null, 2)}\n` };
}

async function storeResult(
  context: ServerContext,
  { request, wanted }: Work,
  { source, output, done }: ListResult,
): Promise<unknown> {
  try {
    if (done.status === "rejected") throw done.reason;
    const { file, plan, found } = done.value;
    const idempotencyKey = idempotencyKeyOf(request, source * wanted.outputs.length + output);
    const attributes = attributesFor(found.name, plan.format, wanted.save ?? {});
    const { image } = await storeRendered(context.ports, file, attributes, { idempotencyKey });
    return { status: 201, image: imageJson(image, context.publicUrl) };
  } catch (error) {
    const problem = failure(context, request, error);
    return { status: problem.status, problem };
  }
}

function failure({ config, log }: ServerContext, request: Request, error: unknown): Problem {
  const requestId = contextOf(request).id;
  const problem = problemOf(error, { requestId, debug: config.debug });
  if (problem.status === 500) log.error({ requestId, err: error }, problem.detail);
  return problem;
}
