import { type Connection, readJson } from "./connection.ts";
import { jsonDescription } from "./image_description.ts";
import type { Image } from "./image.ts";
import { uploadCall, type UploadManyOptions, type UploadOptions } from "./upload.ts";
import type { UploadResult } from "./upload_many.ts";

/** Has the server fetch an image and gives it as it was stored. */
export function uploadFrom(
  connection: Connection,
  url: string | URL,
  options: UploadOptions,
): Promise<Image> {
  return send(connection, { url }, options, readJson<Image>);
}

/** Has the server fetch many images by one request and gives what became of each, in order. */
export async function uploadManyFrom(
  connection: Connection,
  urls: readonly (string | URL)[],
  options: UploadManyOptions,
): Promise<readonly UploadResult[]> {
  if (urls.length === 0) return [];
  const { items } = await send(connection, { urls }, options, readJson<{ items: readonly UploadResult[] }>);
  return items;
}

async function send<T>(
  connection: Connection,
  what: object,
  options: UploadOptions,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const call = uploadCall(options, true);
  const headers = { ...call.headers, "content-type": "application/json" };
  const body = JSON.stringify({ ...what, ...jsonDescription(options) });
  return await connection.send("/images", { ...call, headers, body }, read);
}
