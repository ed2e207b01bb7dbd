import { type CallOptions, type Connection, readJson } from "./connection.ts";
import { describe, type ImageDescription } from "./image_description.ts";
import type { Image } from "./image.ts";
import { writeMultipart } from "./multipart.ts";
import { type OpenSource, openSource, type UploadSource } from "./upload_source.ts";

/** Options for what stores images. */
export interface IdempotentOptions extends CallOptions {
  /** The same key within a day gives the first answer again, so that a lost answer can be asked for without fear. */
  readonly idempotencyKey?: string;
}

/** Options for uploads of any number of images. */
export interface UploadManyOptions extends IdempotentOptions, ImageDescription {}

/** Options for {@linkcode Images.upload}. */
export interface UploadOptions extends UploadManyOptions {
  /** @default {the name of the file} */
  readonly name?: string;
  /** The media type. The server looks at the bytes rather than believe it. @default {the type of the blob} */
  readonly type?: string;
}

/** What the parts of a form are called that are images to store. */
export const FILE_PART = "file";

/** Servers answer 431 where a request's head is longer than 16 KB: a longer description goes in the body. */
export const LONGEST_QUERY = 4096;

/** Sends one image and gives it as it was stored. */
export async function upload(
  connection: Connection,
  source: UploadSource,
  options: UploadOptions,
): Promise<Image> {
  const opened = await openSource(source);
  const { name = opened.name, type = opened.type } = options;
  try {
    const description = describe({ ...options, name: name || undefined });
    const isLong = description.toString().length > LONGEST_QUERY;
    const send = isLong ? sendForm : sendRaw;
    return await send(connection, { ...opened, name, type }, description, options);
  } finally {
    await opened.close();
  }
}

/** Gives what an upload sends whatever it uploads. Uploads have no time limit but a caller's. */
export function uploadCall(
  options: IdempotentOptions,
): CallOptions & { method: "POST"; headers: Record<string, string> } {
  const { signal, timeout = 0, idempotencyKey } = options;
  const headers = {
    accept: "application/json",
    ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
  };
  return { signal, timeout, headers, method: "POST" };
}

function sendRaw(
  connection: Connection,
  source: OpenSource,
  description: URLSearchParams,
  options: UploadOptions,
): Promise<Image> {
  const call = uploadCall(options);
  const headers = { ...call.headers, "content-type": source.type };
  const query = description.size > 0 ? `?${description}` : "";
  return connection.send(
    `/images${query}`,
    { ...call, headers, body: source.body as BodyInit },
    readJson<Image>,
  );
}

function sendForm(
  connection: Connection,
  source: OpenSource,
  description: URLSearchParams,
  options: UploadOptions,
): Promise<Image> {
  const call = uploadCall(options);
  const form = writeMultipart(description, [{ part: FILE_PART, source }]);
  return connection.send(
    "/images",
    { ...call, headers: { ...call.headers, ...form.headers }, body: form.body },
    readJson<Image>,
  );
}
