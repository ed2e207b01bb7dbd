import { type Connection, readJson } from "./connection.ts";
import { ProgImageError } from "./errors.ts";
import type { Image } from "./image.ts";
import { writeMultipart } from "./multipart.ts";
import type { Problem } from "./problem.ts";
import { describe, FILE_PART, uploadCall, type UploadManyOptions } from "./upload.ts";
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
  const opened: OpenSource[] = [];
  try {
    for (const source of sources) opened.push(await openSource(source));
    return await sendAll(connection, opened, options);
  } finally {
    for (const source of opened) await source.close();
  }
}

async function sendAll(
  connection: Connection,
  sources: readonly OpenSource[],
  options: UploadManyOptions,
): Promise<readonly UploadResult[]> {
  const call = uploadCall(options);
  const files = sources.map((source) => ({ part: FILE_PART, source }));
  const { body, headers } = writeMultipart(describe(options), files);
  try {
    return await connection.send(
      "/images",
      { ...call, headers: { ...call.headers, ...headers }, body },
      readResults,
    );
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
