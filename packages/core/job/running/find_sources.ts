import { ProgImageError } from "../../error.ts";
import type { Image } from "../../image/image.ts";
import type { ListPosition } from "../../image/catalog/image_catalog.ts";
import type { ImageFilter } from "../../image/image_filter.ts";
import { orderOf } from "../../verbs/image/list_images.ts";
import type { Ports } from "../../ports.ts";
import type { Job, JobBound, JobSources } from "../job.ts";
import type { ItemSource } from "../job_item.ts";
import type { ItemBatch } from "../records/job_records.ts";

/** Items of a job that are found at a time, which bounds the memory for jobs of any size. */
export const BATCH_ITEMS = 500;

type Found = Pick<ItemBatch, "cursor" | "isLast" | "sources">;
type FilterSources = Extract<JobSources, { readonly kind: "filter" }>;

/** Returns the next sources of a job: at least one, unless there are no more. */
export async function findSources(
  ports: Pick<Ports, "catalog" | "exchange" | "jobs">,
  job: Job,
): Promise<Found> {
  const { sources } = job;
  switch (sources.kind) {
    case "ids":
      return await findListed(ports, job, (id) => ({ id }));
    case "urls":
      return await findListed(ports, job, (url) => ({ url }));
    case "archive":
      return await findListed(ports, job, (entry) => ({ entry }));
    case "describedUrls":
    case "uploads":
      return await findListed(ports, job, (source) => JSON.parse(source) as ItemSource);
    case "filter":
      return await findImages(ports, job, sources);
    case "exchange":
      return await findFiles(ports, job, sources.prefix);
  }
}

async function findListed(
  { jobs }: Pick<Ports, "jobs">,
  { id, expandedTo }: Job,
  toSource: (text: string) => ItemSource,
): Promise<Found> {
  const listed = await jobs.listed(id, expandedTo, BATCH_ITEMS + 1);
  const sources = listed.slice(0, BATCH_ITEMS).map(toSource);
  return { sources, cursor: null, isLast: listed.length <= BATCH_ITEMS };
}

async function findImages(
  { catalog }: Pick<Ports, "catalog">,
  { cursor }: Job,
  { filter, bound }: FilterSources,
): Promise<Found> {
  if (!bound) return { sources: [], cursor: null, isLast: true };
  const query = { ...boundedFilter(filter, bound), ...listOrder(filter), limit: BATCH_ITEMS };
  for (let after = cursor; ;) {
    const page = await catalog.list({ ...query, after: after === null ? undefined : readPosition(after) });
    const sources = page.filter((image) => isWithin(image, bound)).map(({ id }) => ({ id }));
    const last = page.at(-1);
    const isLast = !last || page.length < BATCH_ITEMS;
    if (last) after = JSON.stringify([last[query.order], last.id]);
    if (isLast || sources.length > 0) return { sources, cursor: after, isLast };
  }
}

async function findFiles(
  { exchange }: Pick<Ports, "exchange">,
  { cursor }: Job,
  prefix: string,
): Promise<Found> {
  if (!exchange) throw new ProgImageError("unavailable", "Cannot find files as this server has no exchange");
  const names = await exchange.list(prefix, { limit: BATCH_ITEMS, after: cursor });
  const sources = names.map((name) => ({ exchange: name }));
  return { sources, cursor: names.at(-1) ?? cursor, isLast: names.length < BATCH_ITEMS };
}

/** Returns the order of a listing that an index serves for a filter. */
export function listOrder(filter: ImageFilter) {
  const order = orderOf(filter);
  // In this direction, an image that changes meanwhile is not found twice.
  return { order, descending: order === "updatedAt" };
}

/** Only listings ordered by creation can filter by its time. In other orders, newer images are filtered out afterwards. */
function boundedFilter(filter: ImageFilter, { createdAt }: JobBound): ImageFilter {
  if (orderOf(filter) !== "createdAt") return filter;
  return { ...filter, createdBefore: Math.min(filter.createdBefore ?? Infinity, createdAt + 1) };
}

function isWithin({ createdAt, id }: Image, bound: JobBound): boolean {
  return createdAt < bound.createdAt || (createdAt === bound.createdAt && id <= bound.id);
}

function readPosition(cursor: string): ListPosition {
  const [value, id] = JSON.parse(cursor) as [string | number, string];
  return { value, id };
}
