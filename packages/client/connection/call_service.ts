import type { CallOptions, Connection, OpenBody } from "./connection.ts";
import type { ImageParts } from "../upload/image_parts.ts";
import { writeMultipart } from "./multipart.ts";
import { LONGEST_QUERY } from "../upload/upload.ts";

/** Options for {@linkcode callService}. Only the caller's own timeout applies, as the transfer takes as long as its bytes need. */
export interface ServiceOptions extends CallOptions {
  readonly headers?: HeadersInit;
  /** Whether the response is an image or an archive, which may take long. */
  readonly isLong?: boolean;
}

/** A request to a service, in each form that it can be sent in. */
export interface WrittenRequest {
  readonly path: string;
  readonly parts: ImageParts;
  /** The whole request, if it has no files. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The fields beside the files of a form. */
  readonly fields: URLSearchParams;
  /** The query of the URL if a file is the body; `null` if a query cannot express the request. */
  readonly query: string | null;
}

/**
 * Calls a service. Requests without files are JSON. A single file is the body if a query can express the rest; otherwise the request is a
 * form.
 */
export async function callService<T>(
  connection: Connection,
  { path, parts, json, fields, query }: WrittenRequest,
  options: ServiceOptions,
  read: (response: Response) => T | Promise<T>,
): Promise<T> {
  const call = { timeout: 0, ...options, method: "POST", isSpent: !parts.isReplayable };
  if (parts.size === 0) {
    const headers = new Headers(options.headers);
    headers.set("content-type", "application/json");
    return await connection.send(path, { ...call, headers, body: JSON.stringify(json) }, read);
  }
  const isBare = parts.isSingle && query !== null && query.length <= LONGEST_QUERY;
  const body = async (): Promise<OpenBody> => {
    const { files, close } = await parts.open();
    const [only] = files;
    if (!isBare || !only) return { ...writeMultipart(fields, files), close };
    return { body: only.source.body as BodyInit, headers: { "content-type": only.source.type }, close };
  };
  return await connection.send(isBare && query ? `${path}?${query}` : path, { ...call, body }, read);
}
