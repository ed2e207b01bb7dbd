import { type CallOptions, type Connection, readJson } from "../connection/connection.ts";
import { errorOf, ProgImageError } from "../connection/errors.ts";
import { fromUrl } from "./from_url.ts";
import { type ImageDescription, jsonDescription } from "./image_description.ts";
import type { Problem } from "../shapes.ts";
import { isPassing } from "../connection/retry.ts";
import { uploadCall } from "./upload.ts";
import type { UploadEntry } from "./upload_groups.ts";
import type { UploadResult } from "./upload_result.ts";

/** An image for the server to fetch, under its own key. */
export type UrlUpload = UploadEntry<URL> & { readonly idempotencyKey: string };

/** Options for {@linkcode uploadUrls}. The attributes apply to all images. */
export interface UploadUrlsOptions extends CallOptions, ImageDescription {}

/** Statuses that one image of a request, or the number of images, may have caused. */
const DIVISIBLE: readonly number[] = [400, 413];

/**
 * Makes the server store several images in one request, and returns their results in order. Failures that may pass are retried like a
 * request. A request that is refused as a whole is sent again in halves, so that one bad image does not affect the others.
 *
 * @throws {ProgImageError} if the server refuses the request for another reason than its images, or refuses one image alone
 */
export async function uploadUrls(
  connection: Connection,
  uploads: readonly UrlUpload[],
  shared: UploadUrlsOptions,
): Promise<readonly UploadResult[]> {
  const results = new Map<UrlUpload, UploadResult>();
  let pending = uploads;
  const call = uploadCall(shared, true);
  const headers = { ...call.headers, "content-type": "application/json" };
  const body = async () => ({ body: bodyOf(pending, shared), close: async () => {} });
  const read = async (response: Response): Promise<void> => {
    const { items } = await readJson<{ readonly items: readonly UploadResult[] }>(response);
    const errors = pending.map((upload, place) => {
      const result = items[place] as UploadResult;
      results.set(upload, { ...result, index: upload.index });
      return passingError(result.problem);
    });
    pending = pending.filter((_upload, place) => errors[place]);
    const error = errors.find(Boolean);
    if (error) throw error;
  };
  try {
    await connection.send("/images/batch", { ...call, headers, body }, read);
  } catch (error) {
    shared.signal?.throwIfAborted();
    if (results.size === 0) return await uploadHalves(connection, uploads, { shared, error });
  }
  return [...results.values()];
}

async function uploadHalves(
  connection: Connection,
  uploads: readonly UrlUpload[],
  { shared, error }: { readonly shared: UploadUrlsOptions; readonly error: unknown },
): Promise<readonly UploadResult[]> {
  const isDivisible = error instanceof ProgImageError && DIVISIBLE.includes(error.status);
  if (!isDivisible || error.code === "unexpected_answer") throw error;
  const { problem } = error;
  if (uploads.length === 1)
    return uploads.map(({ index, description: { name = null } }) => ({
      index,
      name,
      status: problem.status,
      problem,
    }));
  const middle = Math.ceil(uploads.length / 2);
  const first = await uploadUrls(connection, uploads.slice(0, middle), shared);
  return [...first, ...(await uploadUrls(connection, uploads.slice(middle), shared))];
}

function bodyOf(uploads: readonly UrlUpload[], shared: ImageDescription): string {
  const items = uploads.map(({ source, idempotencyKey, description }) => ({
    url: fromUrl(source).href,
    idempotencyKey,
    ...jsonDescription(description),
  }));
  return JSON.stringify({ items, ...jsonDescription(shared) });
}

/** Returns the error of an image that failed, if another attempt may succeed. */
function passingError(problem: Problem | undefined): ProgImageError | undefined {
  if (!problem) return undefined;
  const { retryAfter, status } = problem;
  const headers = retryAfter === undefined ? undefined : { "retry-after": String(retryAfter) };
  const error = errorOf(problem, new Response(null, { status, headers }));
  return isPassing(error) ? error : undefined;
}
