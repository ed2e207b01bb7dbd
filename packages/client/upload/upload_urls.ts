import { type CallOptions, type Connection, readJson } from "../connection/connection.ts";
import { errorOf, ProgImageError } from "../connection/errors.ts";
import { fromUrl } from "./from_url.ts";
import { type ImageDescription, jsonDescription } from "./image_description.ts";
import type { Problem } from "../shapes.ts";
import { isPassing } from "../connection/retry.ts";
import { uploadCall } from "./upload.ts";
import type { UploadEntry } from "./upload_groups.ts";
import type { UploadResult } from "./upload_result.ts";

/** An image that the server shall fetch, under a key of its own. */
export type UrlUpload = UploadEntry<URL> & { readonly idempotencyKey: string };

/** Options for {@linkcode uploadUrls}. The attributes hold for all images. */
export interface UploadUrlsOptions extends CallOptions, ImageDescription {}

/** Statuses of a request that one of its images alone may be to blame for, or their number. */
const DIVISIBLE: readonly number[] = [400, 413];

/**
 * Has the server store several images in one request, and gives their results in order. Those that failed but may succeed later are
 * sent again, as a request is. A request that is refused as a whole is sent in halves, so that a bad image does not lose the others.
 *
 * @throws {ProgImageError} if the server refuses the request whatever its images are, or one that is alone in it
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

/** Returns the error as which an image would have failed alone, if another try may succeed. */
function passingError(problem: Problem | undefined): ProgImageError | undefined {
  if (!problem) return undefined;
  const { retryAfter, status } = problem;
  const headers = retryAfter === undefined ? undefined : { "retry-after": String(retryAfter) };
  const error = errorOf(problem, new Response(null, { status, headers }));
  return isPassing(error) ? error : undefined;
}
