import { type ImageAttributes, type SpooledFile, storeImage, type StoreImageOptions } from "@progimage/core";
import { imageJson } from "../http/image_json.ts";
import { type Problem, problemOf, problemResponse } from "../http/problem.ts";
import { contextOf } from "../http/request_context.ts";
import type { ServerContext } from "../server_context.ts";

/** What became of one image of an upload. */
export type UploadItem =
  | { readonly status: 201; readonly image: ImageJson; readonly isReplayed: boolean }
  | { readonly status: number; readonly problem: Problem };

type ImageJson = ReturnType<typeof imageJson>;

/** Keeps a file that has arrived. */
export async function storeItem(
  { ports, publicUrl }: ServerContext,
  spooled: SpooledFile,
  attributes: ImageAttributes,
  options: StoreImageOptions,
): Promise<UploadItem> {
  await using file = spooled;
  const { image, isReplayed } = await storeImage(ports, file, attributes, options);
  return { status: 201, image: imageJson(image, publicUrl), isReplayed };
}

/** Gives the item of an image that was not stored. */
export function failedItem({ config, log }: ServerContext, request: Request, error: unknown): UploadItem {
  const requestId = contextOf(request).id;
  const problem = problemOf(error, { requestId, debug: config.debug });
  if (problem.status === 500) log.error({ requestId, err: error }, problem.detail);
  return { status: problem.status, problem };
}

/** Answers an upload of one image. */
export function answerItem(item: UploadItem): Response {
  if ("problem" in item) return problemResponse(item.problem);
  const replayed: Record<string, string> = item.isReplayed ? { "idempotent-replayed": "true" } : {};
  const headers = { location: item.image.href, "cache-control": "no-store", ...replayed };
  return Response.json(item.image, { status: 201, headers });
}

/** Answers an upload of many images. */
export function answerItems(items: readonly UploadItem[]): Response {
  const shown = items.map((item) => ("problem" in item ? item : { status: item.status, image: item.image }));
  return Response.json({ items: shown }, { headers: { "cache-control": "no-store" } });
}
