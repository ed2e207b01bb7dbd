import { checkId } from "./check_id.ts";
import { type CallOptions, type Connection } from "../connection/connection.ts";
import { orIfNotFound } from "../connection/errors.ts";
import type { ImageInfo } from "./image.ts";
import { PageList } from "../connection/page_list.ts";
import { readInfo } from "../connection/read_answer.ts";
import type { DeletedImage } from "../shapes.ts";

/** Options for {@linkcode Images.listDeleted}. */
export interface ListDeletedOptions extends CallOptions {
  /** Images per page, at most 1000; the iteration reads all pages. @default {50} */
  readonly limit?: number;
}

/** Options for {@linkcode Images.erase}. */
export interface EraseOptions extends CallOptions {
  /** The `etag` of the image when it was read: if the image has changed since, it is not erased. */
  readonly ifMatch?: string;
}

/** Returns the deleted images that can be restored, the most recently deleted first. */
export function listDeleted(
  connection: Connection,
  { limit, ...options }: ListDeletedOptions,
): PageList<DeletedImage> {
  return new PageList(connection, "/images/deleted", { limit }, options);
}

/** Restores a deleted image and returns its description. */
export async function restoreImage(
  connection: Connection,
  id: string,
  { signal, timeout }: CallOptions,
): Promise<ImageInfo> {
  const call = { signal, timeout, method: "POST", headers: { accept: "application/json" } };
  return await connection.send(`/images/${checkId(id)}/restore`, call, readInfo);
}

/** Erases an image, deleted or not. Returns whether it existed. */
export async function eraseImage(
  connection: Connection,
  id: string,
  { ifMatch, signal, timeout }: EraseOptions,
): Promise<boolean> {
  const headers = { ...(ifMatch && { "if-match": ifMatch }) };
  const call = { signal, timeout, method: "POST", headers };
  return await connection
    .send(`/images/${checkId(id)}/erase`, call, () => true)
    .catch((error) => orIfNotFound(error, false));
}
