import { type Connection, readJson } from "./connection.ts";
import type { Image } from "./image.ts";
import { expiryText, uploadCall, type UploadManyOptions } from "./upload.ts";
import type { UploadResult } from "./upload_many.ts";

/** Options for {@linkcode ProgImage.uploadFrom}. */
export interface UploadFromOptions extends UploadManyOptions {
  /** @default {the last part of the URL's path} */
  readonly name?: string;
}

/** Has the server fetch an image and gives it as it was stored. */
export function uploadFrom(
  connection: Connection,
  url: string | URL,
  options: UploadFromOptions,
): Promise<Image> {
  return send(connection, { url, name: options.name }, options, readJson<Image>);
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

/** Whatever the JSON cannot say stands in the query: seconds that count by the server's clock. */
async function send<T>(
  connection: Connection,
  what: object,
  options: UploadManyOptions,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { tags, metadata, expires } = options;
  const call = uploadCall(options);
  const headers = { ...call.headers, "content-type": "application/json" };
  const body = JSON.stringify({ ...what, tags, metadata });
  const query = expires === undefined ? "" : `?${new URLSearchParams({ expires: expiryText(expires) })}`;
  return await connection.send(`/images${query}`, { ...call, headers, body }, read);
}
