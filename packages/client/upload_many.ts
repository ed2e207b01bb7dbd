import { type Call, type Connection, readJson } from "./connection.ts";
import { ProgImageError } from "./errors.ts";
import { describe } from "./image_description.ts";
import type { Image } from "./image.ts";
import type { JobHandle } from "./job_handle.ts";
import { writeMultipart } from "./multipart.ts";
import type { Problem } from "./problem.ts";
import { FILE_PART, type UploadCall, uploadCall, type UploadManyOptions } from "./upload.ts";
import { uploadLater } from "./upload_later.ts";
import { type OpenSource, openSource, type UploadSource } from "./upload_source.ts";

/** What became of one of many uploads. */
export type UploadResult =
  | {
      readonly status: number;
      readonly image: Image;
      readonly problem?: undefined;
      readonly name?: undefined;
    }
  | {
      readonly status: number;
      readonly problem: Problem;
      /** What it is called in the form or archive, if anything. */
      readonly name?: string;
      readonly image?: undefined;
    };

/**
 * Sends many images in one request and gives what became of each, in order: fewer than were sent if the server could not read
 * the request to its end.
 */
export async function uploadMany(
  connection: Connection,
  sources: readonly UploadSource[],
  options: UploadManyOptions,
): Promise<readonly UploadResult[]> {
  if (sources.length === 0) return [];
  return await withOpened(sources, (opened) => sendAll(connection, opened, options));
}

/** Sends many images in one request and gives the job that stores them. */
export async function uploadManyLater(
  connection: Connection,
  sources: readonly UploadSource[],
  options: UploadManyOptions,
): Promise<JobHandle> {
  return await withOpened(sources, (opened) => uploadLater(connection, "/images", formCall(opened, options)));
}

async function withOpened<T>(
  sources: readonly UploadSource[],
  send: (opened: readonly OpenSource[]) => Promise<T>,
): Promise<T> {
  const opened: OpenSource[] = [];
  try {
    for (const source of sources) opened.push(await openSource(source));
    return await send(opened);
  } finally {
    for (const source of opened) await source.close();
  }
}

function formCall(
  sources: readonly OpenSource[],
  options: UploadManyOptions,
): UploadCall & Pick<Call, "body"> {
  const call = uploadCall(options, false);
  const files = sources.map((source) => ({ part: FILE_PART, source }));
  const { body, headers } = writeMultipart(describe(options), files);
  return { ...call, headers: { ...call.headers, ...headers }, body };
}

async function sendAll(
  connection: Connection,
  sources: readonly OpenSource[],
  options: UploadManyOptions,
): Promise<readonly UploadResult[]> {
  try {
    return await connection.send("/images", formCall(sources, options), readResults);
  } catch (error) {
    if (sources.length === 1 && error instanceof ProgImageError && error.code !== "unexpected_answer") {
      return [{ status: error.status, problem: error.problem }];
    }
    throw error;
  }
}

/** A single file is answered by its image alone. */
async function readResults(response: Response): Promise<readonly UploadResult[]> {
  const answer = await readJson<Image | { readonly items: readonly UploadResult[] }>(response);
  return "items" in answer ? answer.items : [{ status: response.status, image: answer }];
}
