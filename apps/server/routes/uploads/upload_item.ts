import {
  ATTRIBUTE_LIMITS,
  type ImageAttributes,
  type JsonOf,
  type SaidAttributes,
  type SpooledFile,
  storeImage,
  type StoredNow,
  type StoreImageOptions,
} from "@progimage/core";
import { failureOf } from "../../http/client_left.ts";
import { imageJson, type ImageJson, type ImageLinks, infoHeaders } from "../../answer/image_json.ts";
import { isServersTrouble, type Problem, problemOf, problemResponse } from "../../http/problem.ts";
import { contextOf } from "../../http/request_context.ts";
import type { ServerContext } from "../../server_context.ts";
import type { UPLOAD_ITEM_SHAPE, UPLOAD_ITEMS_SHAPE } from "../../shape/upload_shape.ts";

/** What became of one image that was to be stored. */
export type UploadItem = KeptItem | FailedItem;

/** An item as the API shows it. */
export type ShownItem = JsonOf<typeof UPLOAD_ITEM_SHAPE>;

interface KeptItem {
  readonly name: string | null;
  readonly status: 201;
  readonly image: ImageJson;
  /** Of what is known of the image. */
  readonly infoHeaders: Readonly<Record<string, string>>;
  readonly isReplayed: boolean;
}

interface FailedItem {
  /** As its caller calls it; `null` if that is unknown. */
  readonly name: string | null;
  readonly status: number;
  readonly problem: Problem;
}

/** An image that a request begins to store. */
export type Uploads = ManyUploads | SingleUpload;

/** An image that comes alone. */
export interface SingleUpload {
  /** Its name, as far as that is known before. */
  readonly name: string;
  /** Stores it, or rejects with what is wrong with it. */
  readonly store: () => Promise<UploadItem>;
}

/** Any number of images. */
interface ManyUploads {
  readonly items: AsyncGenerator<UploadItem, void>;
  /** Whether there may be so many that they are sent as they come, whatever the caller prefers. */
  readonly isLong?: boolean;
  /** Whether a single one is answered as if it had come alone. */
  readonly isFlat?: boolean;
}

/** Keeps a file that has arrived. */
export async function storeItem(
  context: ServerContext,
  spooled: SpooledFile,
  attributes: ImageAttributes & SaidAttributes,
  options: StoreImageOptions,
): Promise<UploadItem> {
  await using file = spooled;
  return keptItem(await storeImage(context.ports, file, attributes, options), context);
}

/** Gives the item of an image that was stored. */
export function keptItem({ image, isReplayed }: StoredNow, links: ImageLinks): UploadItem {
  return {
    name: image.name,
    status: 201,
    image: imageJson(image, links),
    infoHeaders: infoHeaders(image, links.publicUrl),
    isReplayed,
  };
}

/** Gives the item of an image that was not stored. */
export function failedItem(
  { config, log }: ServerContext,
  request: Request,
  error: unknown,
  name?: string,
): FailedItem {
  const requestId = contextOf(request).id;
  const failure = failureOf(request, error);
  const problem = problemOf(failure, { requestId, debug: config.debug });
  const { code, detail, status } = problem;
  if (isServersTrouble(problem)) log.error({ requestId, err: failure }, detail);
  else if (code === "cancelled") log.info({ requestId, status }, detail);
  return { name: name?.slice(0, ATTRIBUTE_LIMITS.nameCharacters) || null, status, problem };
}

/** Answers a request that stores one image. */
export function answerItem(item: UploadItem): Response {
  if ("problem" in item) return problemResponse(item.problem);
  const replayed: Record<string, string> = item.isReplayed ? { "idempotent-replayed": "true" } : {};
  const own = { location: item.image.href, "cache-control": "no-store" };
  const headers = { ...item.infoHeaders, ...own, ...replayed };
  return Response.json(item.image, { status: 201, headers });
}

/** Answers a request that stores many images. */
export function answerItems(items: readonly UploadItem[]): Response {
  const json: JsonOf<typeof UPLOAD_ITEMS_SHAPE> = { items: items.map(shownItem) };
  return Response.json(json, { headers: { "cache-control": "no-store" } });
}

/** Gives the items of an answer, numbered. */
export async function* shownItems(items: AsyncGenerator<UploadItem, void>): AsyncGenerator<ShownItem, void> {
  let index = 0;
  for await (const item of items) yield shownItem(item, index++);
}

function shownItem(item: UploadItem, index: number): ShownItem {
  const { name, status } = item;
  return { index, name, status, ...("problem" in item ? { problem: item.problem } : { image: item.image }) };
}
