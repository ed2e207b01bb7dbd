import { Batch, stopOf } from "../images/batch.ts";
import type { CallOptions, Connection } from "../connection/connection.ts";
import { AuthenticationError, FileError, ProgImageError } from "../connection/errors.ts";
import { newIdempotencyKey } from "../connection/idempotency_key.ts";
import type { ImageDescription } from "./image_description.ts";
import { inOrder } from "../connection/in_order.ts";
import type { Problem } from "../shapes.ts";
import { upload } from "./upload.ts";
import type { UploadAllSources } from "./upload_sources.ts";
import { groupUploads, type UploadEntry, type UploadGroup } from "./upload_groups.ts";
import type { UploadResult } from "./upload_result.ts";
import { nameOf } from "./upload_source.ts";
import type { UploadSource } from "../images/sources.ts";
import { uploadUrls, type UploadUrlsOptions } from "./upload_urls.ts";

/** The progress of the uploads. */
export interface UploadProgress {
  /** Sources whose result is known. */
  readonly done: number;
  /** Sources that were not stored. */
  readonly failed: number;
  /** The number of sources; `null` if they are not a list. */
  readonly total: number | null;
}

/** Options for {@linkcode Images.uploadAll}. The attributes apply to all images. */
export interface UploadAllOptions extends CallOptions, ImageDescription {
  /** The number of concurrent requests. @default {4} */
  readonly concurrency?: number;
  /**
   * The largest number of consecutive URLs in one request, at most 1000. The server fetches four URLs of a request at a time. @default
   * {50}
   */
  readonly batchSize?: number;
  /** The prefix of the keys: the key of the image at place n is this, a hyphen and n. @default {random keys} */
  readonly idempotencyKey?: string;
  /** Called after each result. */
  readonly onProgress?: (progress: UploadProgress) => void;
}

/** The result for one of many sources. `status` is 0 if nothing was sent, as its file cannot be read. */
export type UploadAllResult = UploadResult;

/** The default limit of a server for the images of one request. */
const LARGEST_BATCH = 1_000;

/** Sends any number of images, several at the same time, and returns their results in order. Each source is opened when it is sent. */
export function uploadAll(
  connection: Connection,
  sources: UploadAllSources,
  options: UploadAllOptions,
): Batch<UploadAllResult> {
  const { batchSize = 50, concurrency = 4, idempotencyKey, onProgress, ...shared } = options;
  const total = Array.isArray(sources) ? sources.length : null;
  let [done, failed] = [0, 0];
  const send = async (group: UploadGroup, _place: number, signal: AbortSignal) => {
    const sent = { ...shared, signal };
    const results =
      "source" in group ? [await sendOne(connection, group, sent)] : await sendUrls(connection, group, sent);
    for (const { problem } of results) {
      done++;
      if (problem) failed++;
      onProgress?.({ done, failed, total });
    }
    return results;
  };
  return new Batch(async function* (stop) {
    checkBatchSize(batchSize);
    const groups = groupUploads(sources, { batchSize, idempotencyKey });
    const signal = stopOf(stop, options.signal);
    for await (const results of inOrder(groups, send, { concurrency, signal })) yield* results;
  });
}

function checkBatchSize(size: number): void {
  if (Number.isInteger(size) && size >= 1 && size <= LARGEST_BATCH) return;
  const reason = `batchSize must be a whole number from 1 to ${LARGEST_BATCH}: it is ${size}`;
  throw new RangeError(`Cannot send images together as ${reason}`);
}

async function sendOne(
  connection: Connection,
  { index, source, idempotencyKey, description }: UploadEntry<UploadSource>,
  shared: UploadUrlsOptions,
): Promise<UploadAllResult> {
  const name = (description.name ?? nameOf(source)) || null;
  try {
    const image = await upload(connection, source, { ...shared, ...description, idempotencyKey });
    return { index, name: image.name ?? name, status: 201, image };
  } catch (error) {
    return { index, name, ...failureOf(error) };
  }
}

async function sendUrls(
  connection: Connection,
  entries: readonly UploadEntry<URL>[],
  shared: UploadUrlsOptions,
): Promise<readonly UploadAllResult[]> {
  const keyed = entries.map(({ idempotencyKey = newIdempotencyKey(), ...entry }) => ({
    ...entry,
    idempotencyKey,
  }));
  try {
    return await uploadUrls(connection, keyed, shared);
  } catch (error) {
    const failure = failureOf(error);
    return entries.map(({ index, description: { name = null } }) => ({ index, name, ...failure }));
  }
}

/** Returns a failure of these images as their result. Throws a failure that would affect all others, which ends the batch. */
function failureOf(error: unknown): { readonly status: number; readonly problem: Problem } {
  const problem = problemOf(error);
  return { status: problem.status, problem };
}

function problemOf(error: unknown): Problem {
  if (error instanceof FileError) {
    return {
      type: "about:blank",
      title: "The file cannot be read",
      status: 0,
      detail: error.message,
      code: "file_unreadable",
      retryable: false,
    };
  }
  const isShared = error instanceof AuthenticationError;
  if (error instanceof ProgImageError && !isShared && error.code !== "unexpected_answer")
    return error.problem;
  throw error;
}
