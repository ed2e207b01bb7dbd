import { ProgImageError } from "../../error.ts";
import type { Image, ImageAttributes, SaidAttributes } from "../../image/image.ts";
import { NO_ATTRIBUTES, settleExpiry } from "../../image/image_attributes.ts";
import { type DerivativePlan, planDerivative } from "../../verbs/render/plan_derivative.ts";
import type { Ports } from "../../ports.ts";
import { renderImage } from "../../verbs/render/render_image.ts";
import { renderOnce } from "../../verbs/render/render_once.ts";
import { ReferenceFinder } from "../../source/reference_finder.ts";
import type { SourceImage } from "../../source/source_image.ts";
import { storeImage } from "../../verbs/image/store_image.ts";
import { storeRendered } from "../../verbs/render/store_rendered.ts";
import { defaultOutputFormat, extensionOf } from "../../transform/output/formats.ts";
import type { Job } from "../job.ts";
import type { ItemResult, JobItem } from "../job_item.ts";
import { priorityOf } from "../queue/job_tasks.ts";
import { fetchItem, type ItemFile, type OpenItem } from "./open_item.ts";
import { resultName } from "./result_name.ts";

/** The ports for processing an item. */
export type ItemPorts = Omit<Ports, "jobs" | "presets" | "queue">;

/** Makes one output of an item and delivers it as the job specifies. Idempotent: a repeated call gives the same result. */
export async function deliverOutput(
  ports: ItemPorts,
  job: Job,
  item: JobItem,
  { output, open }: { readonly output: number; readonly open: OpenItem },
): Promise<ItemResult> {
  // Jobs run in the background, so renders for single-image requests go first.
  const bulk = { priority: "bulk", rank: priorityOf(job) } as const;
  await using finder = new ReferenceFinder(ports);
  const plan = await planOutput(ports, job, { output, source: open.source, finder });
  const { format } = plan;
  if (job.deliver === "images") {
    const rendered = await renderOnce(ports, plan, ports.spool, bulk);
    const attributes = attributesOf(job, item, renamed(open.name, extensionOf(format)));
    const { image } = await storeRendered(ports, rendered, attributes, keyOf(job, item, output));
    return storedResult(output, image);
  }
  if (typeof job.deliver === "string") {
    const { derivative } = await renderImage(ports, plan, bulk);
    return { output, format, bytes: derivative.bytes, key: plan.key };
  }
  await using rendered = await renderOnce(ports, plan, ports.scratch, bulk);
  const name = job.deliver.exchange.prefix + resultName(job, item, { output, format });
  if (!ports.exchange)
    throw new ProgImageError("unavailable", "Cannot write file as this server has no exchange");
  await ports.exchange.put(name, rendered.path);
  return { output, format, bytes: rendered.bytes, exchange: name };
}

/** Returns the bytes of an item that its source alone does not lead to. */
export type FetchItem = () => Promise<ItemFile>;

/** Stores the source of an item unchanged. */
export async function importItem(
  ports: ItemPorts,
  job: Job,
  item: JobItem,
  fetch?: FetchItem,
): Promise<ItemResult> {
  if ("id" in item.source)
    throw new TypeError("Cannot store an unchanged image of the repository: it is stored already");
  await using file = await (fetch ? fetch() : fetchItem(ports, item.source, ports.spool));
  const known = await findStored(ports, job, file);
  if (known) return storedResult(0, known);
  const attributes = attributesOf(job, item, file.name);
  const { image } = await storeImage(ports, file, attributes, keyOf(job, item, 0));
  return storedResult(0, image);
}

/** Returns the first image with the same bytes, if the job skips stored images. */
async function findStored(
  { catalog }: Pick<Ports, "catalog">,
  { sources }: Job,
  { sha256 }: ItemFile,
): Promise<Image | null> {
  if (sources.kind !== "exchange" || !sources.onlyNew) return null;
  const [image] = await catalog.list({ order: "createdAt", descending: false, limit: 1, sha256 });
  return image ?? null;
}

/** Plans one output of a job for a source. */
export async function planOutput(
  ports: Pick<Ports, "limits" | "renderer" | "transforms">,
  job: Pick<Job, "outputs">,
  wanted: { readonly output: number; readonly source: SourceImage; readonly finder: ReferenceFinder },
): Promise<DerivativePlan> {
  const { output, source, finder } = wanted;
  const { steps, format } = job.outputs[output] ?? { steps: [], format: null };
  const wish = { steps, format: format ?? defaultOutputFormat(source.format) };
  return await planDerivative(
    ports,
    source,
    wish,
    async (reference) => (await finder.find(reference)).source,
  );
}

/** Returns an idempotency key, so that an item that is processed again stores the same image. */
function keyOf({ id }: Job, { place }: JobItem, output: number) {
  return { idempotencyKey: `job ${id} ${place} ${output}` };
}

function storedResult(output: number, { id, format, bytes }: Image): ItemResult {
  return { output, format, bytes, imageId: id };
}

/** The metadata of an image from the exchange records the name of its file, unless the job sets the same key. */
function attributesOf({ attributes, createdAt }: Job, { source }: JobItem, name: string): ImageAttributes {
  const said: SaidAttributes = ("attributes" in source && source.attributes) || {};
  const own = settleExpiry(said, createdAt);
  const metadata = {
    ...("exchange" in source && { importedFrom: source.exchange }),
    ...(own.metadata ?? attributes.metadata),
  };
  return { ...NO_ATTRIBUTES, ...attributes, ...own, metadata, name: own.name || name };
}

/** Returns the name of a result: that of its source, with the extension of the output format. */
function renamed(name: string, extension: string): string {
  const stem = name.replace(/\.[A-Za-z0-9]{1,5}$/, "");
  return stem === "" ? "" : `${stem.slice(0, 240).toWellFormed()}.${extension}`;
}
