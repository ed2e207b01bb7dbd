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
import { isServerFault, type Problem, problemOf, problemResponse } from "../../http/problem.ts";
import { contextOf } from "../../http/request_context.ts";
import type { ServerContext, SharedContext } from "../../server_context.ts";
import type { UPLOAD_ITEM_SHAPE, UPLOAD_ITEMS_SHAPE } from "../../shape/upload_shape.ts";

/** The outcome for one image of an upload. */
export type UploadItem = KeptItem | FailedItem;

/** The API representation of an item. */
export type ShownItem = JsonOf<typeof UPLOAD_ITEM_SHAPE>;

interface KeptItem {
  readonly name: string | null;
  readonly status: 201;
  readonly image: ImageJson;
  /** Headers about the record of the image. */
  readonly infoHeaders: Readonly<Record<string, string>>;
  readonly isReplayed: boolean;
}

interface FailedItem {
  /** The caller's name for it; `null` if unknown. */
  readonly name: string | null;
  readonly status: number;
  readonly problem: Problem;
}

/** The images that a request stores. */
export type Uploads = ManyUploads | SingleUpload;

/** A single image. */
export interface SingleUpload {
  /** Its name, if known in advance. */
  readonly name: string;
  /** Stores it, or rejects with its error. */
  readonly store: () => Promise<UploadItem>;
}

/** Any number of images. */
interface ManyUploads {
  readonly items: AsyncGenerator<UploadItem, void>;
  /** Whether there may be so many that they are streamed, regardless of the caller's preference. */
  readonly isLong?: boolean;
  /** Whether an only image is answered like a single upload. */
  readonly isFlat?: boolean;
}

/** Stores a received file. */
export async function storeItem(
  context: ServerContext,
  spooled: SpooledFile,
  attributes: ImageAttributes & SaidAttributes,
  options: StoreImageOptions,
): Promise<UploadItem> {
  await using file = spooled;
  return keptItem(await storeImage(context.ports, file, attributes, options), context);
}

/** Returns the item of a stored image. */
export function keptItem({ image, isReplayed }: StoredNow, links: ImageLinks): UploadItem {
  return {
    name: image.name,
    status: 201,
    image: imageJson(image, links),
    infoHeaders: infoHeaders(image, links.publicUrl),
    isReplayed,
  };
}

/** Returns the item of an image that was not stored. */
export function failedItem(
  { config, log }: SharedContext,
  request: Request,
  error: unknown,
  name?: string,
): FailedItem {
  const requestId = contextOf(request).id;
  const failure = failureOf(request, error);
  const problem = problemOf(failure, { requestId, debug: config.debug });
  const { code, detail, status } = problem;
  if (isServerFault(problem)) log.error({ requestId, err: failure }, detail);
  else if (code === "cancelled") log.info({ requestId, status }, detail);
  return { name: name?.slice(0, ATTRIBUTE_LIMITS.nameCharacters) || null, status, problem };
}

/** Returns the answer to a request that stores one image. */
export function answerItem(request: Request, item: UploadItem): Response {
  if ("problem" in item) return problemResponse(request, item.problem);
  const replayed: Record<string, string> = item.isReplayed ? { "idempotent-replayed": "true" } : {};
  const own = { location: item.image.href, "cache-control": "no-store" };
  const headers = { ...item.infoHeaders, ...own, ...replayed };
  return Response.json(item.image, { status: 201, headers });
}

/** Returns the answer to a request that stores many images. */
export function answerItems(items: readonly UploadItem[]): Response {
  const json: JsonOf<typeof UPLOAD_ITEMS_SHAPE> = { items: items.map(shownItem) };
  return Response.json(json, { headers: { "cache-control": "no-store" } });
}

/** Yields the items of an answer, numbered. */
export async function* shownItems(items: AsyncGenerator<UploadItem, void>): AsyncGenerator<ShownItem, void> {
  let index = 0;
  for await (const item of items) yield shownItem(item, index++);
}

function shownItem(item: UploadItem, index: number): ShownItem {
  const { name, status } = item;
  return { index, name, status, ...("problem" in item ? { problem: item.problem } : { image: item.image }) };
}
