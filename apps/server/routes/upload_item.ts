import {
  ATTRIBUTE_LIMITS,
  type ImageAttributes,
  type SpooledFile,
  storeImage,
  type StoredNow,
  type StoreImageOptions,
} from "@progimage/core";
import { failureOf } from "../http/client_left.ts";
import { imageJson, infoHeaders } from "../http/image_json.ts";
import { prefersLines, streamItems } from "../http/item_stream.ts";
import { isServersTrouble, type Problem, problemOf, problemResponse } from "../http/problem.ts";
import { contextOf } from "../http/request_context.ts";
import type { ServerContext } from "../server_context.ts";

/** What became of one image that was to be stored. */
export type UploadItem = KeptItem | FailedItem;

interface KeptItem {
  readonly status: 201;
  readonly image: ImageJson;
  /** Of what is known of the image. */
  readonly infoHeaders: Readonly<Record<string, string>>;
  readonly isReplayed: boolean;
}

interface FailedItem {
  readonly status: number;
  readonly problem: Problem;
  /** What the client has called it, if it has. */
  readonly name?: string;
}

type ImageJson = ReturnType<typeof imageJson>;

/** Keeps a file that has arrived. */
export async function storeItem(
  { ports, publicUrl }: ServerContext,
  spooled: SpooledFile,
  attributes: ImageAttributes,
  options: StoreImageOptions,
): Promise<UploadItem> {
  await using file = spooled;
  return keptItem(await storeImage(ports, file, attributes, options), publicUrl);
}

/** Gives the item of an image that was stored. */
export function keptItem({ image, isReplayed }: StoredNow, publicUrl: string): UploadItem {
  return {
    status: 201,
    image: imageJson(image, publicUrl),
    infoHeaders: infoHeaders(image, publicUrl),
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
  return {
    status,
    problem,
    ...(name && { name: name.slice(0, ATTRIBUTE_LIMITS.nameCharacters) }),
  };
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
  return Response.json({ items: items.map(shownItem) }, { headers: { "cache-control": "no-store" } });
}

/** Options for {@linkcode answerUploads}. */
export interface AnswerUploadsOptions {
  /** Whether there may be so many that they are sent as they come, whatever the caller prefers. */
  readonly isLong?: boolean;
  /** Whether a single one is answered as if it had come alone. */
  readonly isFlat?: boolean;
}

/** Answers a request that stores images with what becomes of each, as they come where the caller prefers that. */
export async function answerUploads(
  request: Request,
  items: AsyncGenerator<UploadItem, void>,
  { isLong = false, isFlat = false }: AnswerUploadsOptions = {},
): Promise<Response> {
  const asLines = prefersLines(request);
  if (asLines || isLong) return await streamItems(request, shownItems(items), { asLines });
  const all = await Array.fromAsync(items);
  const [only] = all;
  return only && isFlat && all.length === 1 ? answerItem(only) : answerItems(all);
}

async function* shownItems(items: AsyncGenerator<UploadItem, void>): AsyncGenerator<object, void> {
  for await (const item of items) yield shownItem(item);
}

function shownItem(item: UploadItem): object {
  return "problem" in item ? item : { status: item.status, image: item.image };
}
