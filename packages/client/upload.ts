import { type CallOptions, type Connection, readJson } from "./connection.ts";
import type { Image, JsonValue } from "./image.ts";
import { writeMultipart } from "./multipart.ts";
import { type OpenSource, openSource, type UploadSource } from "./upload_source.ts";

/** What can be said of new images. */
export interface ImageDescription {
  readonly tags?: readonly string[];
  /** Anything that JSON can hold, kept and given back as it is. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** When to forget the image: a time, or in how many seconds. */
  readonly expires?: Date | number;
}

/** Options for what stores images. */
export interface IdempotentOptions extends CallOptions {
  /** The same key within a day gives the first answer again, so that a lost answer can be asked for without fear. */
  readonly idempotencyKey?: string;
}

/** Options for uploads of any number of images. */
export interface UploadManyOptions extends IdempotentOptions, ImageDescription {}

/** Options for {@linkcode ProgImage.upload}. */
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
  const description = describe(options);
  if (name) description.set("name", name);
  try {
    const isLong = description.toString().length > LONGEST_QUERY;
    const send = isLong ? sendForm : sendRaw;
    return await send(connection, { ...opened, name, type }, description, options);
  } finally {
    await opened.close();
  }
}

/** Gives what was said of an image as names and values. */
export function describe({ tags = [], metadata, expires }: ImageDescription): URLSearchParams {
  const description = new URLSearchParams(tags.map((tag) => ["tag", tag]));
  if (metadata) description.set("metadata", JSON.stringify(metadata));
  if (expires !== undefined) description.set("expires", expiryText(expires));
  return description;
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

/** Gives a time, or seconds that count by the server's clock. */
export function expiryText(expires: Date | number): string {
  if (expires instanceof Date && !Number.isNaN(expires.getTime())) return expires.toISOString();
  if (Number.isFinite(expires) && Number(expires) >= 0) return String(Math.ceil(Number(expires)));
  throw new RangeError(`Cannot let an image expire at ${expires}: it is neither a time nor seconds from now`);
}
