import {
  type DerivativePlan,
  extensionOf,
  type FoundImage,
  type RenderedFile,
  renderOutputs,
  storeRendered,
} from "@progimage/core";
import { idempotencyOf } from "../request/idempotency_key.ts";
import { contextOf } from "../http/request_context.ts";
import { type ZipEntry, zipAnswer } from "../answer/zip_answer.ts";
import type { ServerContext } from "../server_context.ts";
import { attributesFor, findSource, type HeldWork, planOutput, type Work } from "./process_work.ts";
import { answerItems, failedItem, keptItem, type UploadItem } from "./uploads/upload_item.ts";

/** Seconds that the connection may be silent between two stored results. */
const KEEP_ALIVE_SECONDS = 255;

interface Done {
  readonly file: RenderedFile;
  readonly plan: DerivativePlan;
  readonly found: FoundImage;
}

/** One of many results: its image, its output, and its outcome. */
interface ListResult {
  /** Counted from 0. */
  readonly source: number;
  /** Counted from 0. */
  readonly output: number;
  /** The name of its file in an archive, without extension. */
  readonly name: string;
  readonly done: PromiseSettledResult<Done>;
}

/** Answers a request for several results: with a zip, or with the list of stored images. A failed result does not lose the others. */
export async function processList(context: ServerContext, work: HeldWork): Promise<Response> {
  const first = await prepareFirst(context, work).catch(async (error: unknown) => {
    await work[Symbol.asyncDispose]();
    throw error;
  });
  const results = renderList(context, work, first);
  if (work.wanted.save === null)
    return zipAnswer(work.request, zipEntries(context, work, results), {
      fileName: "images.zip",
      held: work,
    });
  const items: UploadItem[] = [];
  for await (const result of results) items.push(await storeResult(context, work, result));
  return answerItems(items);
}

interface Prepared {
  readonly found: FoundImage;
  readonly plans: readonly DerivativePlan[];
}

/** With a single image, an impossible request fails before the answer begins. */
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
  work: HeldWork,
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

/** Yields a result for each output, even if the image turns out to be unusable. */
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
      const { problem } = failedItem(context, request, done.reason);
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
): Promise<UploadItem> {
  contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
  try {
    if (done.status === "rejected") throw done.reason;
    const { file, plan, found } = done.value;
    const idempotency = idempotencyOf(request, source * wanted.outputs.length + output);
    const attributes = attributesFor(found.name, plan.format, wanted.save ?? {});
    return keptItem(await storeRendered(context.ports, file, attributes, idempotency), context);
  } catch (error) {
    return failedItem(context, request, error);
  }
}
