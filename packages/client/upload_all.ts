import { Batch, stopOf } from "./batch.ts";
import type { CallOptions, Connection } from "./connection.ts";
import { AuthenticationError, FileError, ProgImageError } from "./errors.ts";
import { fromUrl } from "./from_url.ts";
import type { ImageDescription, NamedDescription } from "./image_description.ts";
import { inOrder } from "./in_order.ts";
import type { Problem } from "./shapes.ts";
import { upload, type UploadOptions } from "./upload.ts";
import { uploadFrom } from "./upload_from.ts";
import type { UploadResult } from "./upload_result.ts";
import { nameOf, type UploadSource } from "./upload_source.ts";

/** A source with attributes of its own, which count before those of all. */
export interface DescribedSource extends NamedDescription {
  readonly source: UploadSource | URL;
  /** The same key within a day gives the first answer again: such as the name of a file, if a program may be run again. */
  readonly idempotencyKey?: string;
}

/** How far the uploads are. */
export interface UploadProgress {
  /** Sources whose result is known. */
  readonly done: number;
  /** Those of them that were not stored. */
  readonly failed: number;
  /** How many sources there are; `null` if they are not a list. */
  readonly total: number | null;
}

/** Options for {@linkcode Images.uploadAll}. The attributes hold for all images. */
export interface UploadAllOptions extends CallOptions, ImageDescription {
  /** How many are sent at the same time. @default {4} */
  readonly concurrency?: number;
  /** The key of the image at place n is this, a hyphen and n. @default {random keys} */
  readonly idempotencyKey?: string;
  /** Hears of each result. */
  readonly onProgress?: (progress: UploadProgress) => void;
}

/** The result for one of many sources: `status` is 0 if nothing was sent, as its file cannot be read. */
export type UploadAllResult = UploadResult;

/** The sources of {@linkcode Images.uploadAll}. */
export type UploadAllSources<Source = DescribedSource | UploadSource | URL> =
  AsyncIterable<Source> | Iterable<Source>;

/** Sends any number of images, some at a time, each opened when it is its turn, and gives their results in order. */
export function uploadAll(
  connection: Connection,
  sources: UploadAllSources,
  options: UploadAllOptions,
): Batch<UploadAllResult> {
  const { concurrency = 4, idempotencyKey, onProgress, ...shared } = options;
  const total = Array.isArray(sources) ? sources.length : null;
  let [done, failed] = [0, 0];
  return new Batch((stop) => {
    const send = async (given: DescribedSource | UploadSource | URL, index: number, signal: AbortSignal) => {
      const { source, ...own } = isDescribed(given) ? given : { source: given };
      const key = idempotencyKey === undefined ? undefined : `${idempotencyKey}-${index}`;
      const result = await uploadOne(connection, source, { ...shared, idempotencyKey: key, ...own, signal });
      done++;
      if (result.problem) failed++;
      onProgress?.({ done, failed, total });
      return { index, ...result };
    };
    return inOrder(sources, send, { concurrency, signal: stopOf(stop, options.signal) });
  });
}

async function uploadOne(connection: Connection, source: UploadSource | URL, options: UploadOptions) {
  const name = (options.name ?? (source instanceof URL ? "" : nameOf(source))) || null;
  try {
    const image =
      source instanceof URL
        ? await uploadFrom(connection, fromUrl(source), options)
        : await upload(connection, source, options);
    return { name: image.name ?? name, status: 201, image };
  } catch (error) {
    const problem = problemOf(error);
    return { name, status: problem.status, problem };
  }
}

/** A failure of this image alone is its result. A failure that all others would meet is thrown, and ends the batch. */
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

function isDescribed(given: DescribedSource | UploadSource | URL): given is DescribedSource {
  return typeof given === "object" && given !== null && "source" in given;
}
