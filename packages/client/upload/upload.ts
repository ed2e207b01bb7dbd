import { type Call, type CallOptions, type Connection, type OpenBody } from "../connection/connection.ts";
import { newIdempotencyKey } from "../connection/idempotency_key.ts";
import { describe, type ImageDescription } from "./image_description.ts";
import type { ImageInfo } from "../images/image.ts";
import { writeMultipart } from "../connection/multipart.ts";
import { readInfo } from "../connection/read_answer.ts";
import { isReplayable, nameOf, openSource, typeOf } from "./upload_source.ts";
import type { UploadSource } from "../images/sources.ts";

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

/** The request of an upload, but for its body. */
export type UploadCall = Omit<Call, "body" | "headers"> & {
  readonly headers: Readonly<Record<string, string>>;
};

/** What the parts of a form are called that are images to store. */
export const FILE_PART = "file";

/** Servers answer 431 where a request's head is longer than 16 KB: a longer description goes in the body. */
export const LONGEST_QUERY = 4096;

/** Sends one image and gives it as it was stored. */
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
 * Gives what an upload sends whatever it uploads. Uploads have no time limit but a caller's. One that can be sent again has a key of
 * its own, so that it is stored once.
 */
export function uploadCall(
  { signal, timeout = 0, idempotencyKey }: IdempotentOptions,
  isReplayable: boolean,
): UploadCall {
  const key = idempotencyKey ?? (isReplayable ? newIdempotencyKey() : undefined);
  const headers = { accept: "application/json", ...(key && { "idempotency-key": key }) };
  return { signal, timeout, headers, method: "POST", isSpent: !isReplayable };
}
