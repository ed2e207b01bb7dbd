import { type Call, type CallOptions, type Connection, type OpenBody } from "../connection/connection.ts";
import { newIdempotencyKey } from "../connection/idempotency_key.ts";
import { describe, type ImageDescription } from "./image_description.ts";
import type { ImageInfo } from "../images/image.ts";
import { writeMultipart } from "../connection/multipart.ts";
import { readInfo } from "../connection/read_answer.ts";
import { isReplayable, nameOf, openSource, typeOf } from "./upload_source.ts";
import type { UploadSource } from "../images/sources.ts";

/** Options for calls that store images. */
export interface IdempotentOptions extends CallOptions {
  /** For one day, a second call with this key returns the first response, so it is safe to retry after a lost response. */
  readonly idempotencyKey?: string;
}

/** Options for uploads of any number of images. */
export interface UploadManyOptions extends IdempotentOptions, ImageDescription {}

/** Options for {@linkcode Images.upload}. */
export interface UploadOptions extends UploadManyOptions {
  /** @default {the name of the file} */
  readonly name?: string;
  /** The media type. The server checks the bytes anyway. @default {the type of the blob} */
  readonly type?: string;
}

/** The request of an upload, except its body. */
export type UploadCall = Omit<Call, "body" | "headers"> & {
  readonly headers: Readonly<Record<string, string>>;
};

/** The name of the form parts that are images to store. */
export const FILE_PART = "file";

/** The longest query in characters. Servers answer 431 if a request's head exceeds 16 KB, so a longer description goes in the body. */
export const LONGEST_QUERY = 4096;

/** Sends one image and returns it as it was stored. */
export async function upload(
  connection: Connection,
  source: UploadSource,
  options: UploadOptions,
): Promise<ImageInfo> {
  const { name = nameOf(source), type = typeOf(source) } = options;
  const description = describe({ ...options, name: name || undefined });
  const isLong = description.toString().length > LONGEST_QUERY;
  const query = isLong || description.size === 0 ? "" : `?${description}`;
  const call = uploadCall(options, isReplayable(source));
  const headers = { ...call.headers, ...(!isLong && { "content-type": type }) };
  const body = async (): Promise<OpenBody> => {
    const opened = { ...(await openSource(source)), name, type };
    const { close } = opened;
    if (!isLong) return { body: opened.body as BodyInit, close };
    return { ...writeMultipart(description, [{ part: FILE_PART, source: opened }]), close };
  };
  return await connection.send(`/images${query}`, { ...call, headers, body }, readInfo);
}

/**
 * Returns the common part of every upload's request. Only the caller's own timeout applies. An upload that can be sent again gets a key,
 * so that it is stored once.
 */
export function uploadCall(
  { signal, timeout = 0, idempotencyKey }: IdempotentOptions,
  isReplayable: boolean,
): UploadCall {
  const key = idempotencyKey ?? (isReplayable ? newIdempotencyKey() : undefined);
  const headers = { accept: "application/json", ...(key && { "idempotency-key": key }) };
  return { signal, timeout, headers, method: "POST", isSpent: !isReplayable };
}
