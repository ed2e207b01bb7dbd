import type { CallOptions, Connection, OpenBody } from "./connection.ts";
import type { ImageParts } from "../upload/image_parts.ts";
import { writeMultipart } from "./multipart.ts";
import { LONGEST_QUERY } from "../upload/upload.ts";

/** Options for {@linkcode callService}. Services have no time limit but a caller's: bytes take as long as they need. */
export interface ServiceOptions extends CallOptions {
  readonly headers?: HeadersInit;
  /** The answer is an image or an archive, which may come slowly. */
  readonly isLong?: boolean;
}

/** A request to a service in the ways in which it can be written. */
export interface WrittenRequest {
  readonly path: string;
  readonly parts: ImageParts;
  /** Where nothing but this is sent. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Beside files in a form. */
  readonly fields: URLSearchParams;
  /** In the URL, where a file is the body; `null` if a query cannot say it all. */
  readonly query: string | null;
}

/** Asks a service: without files by JSON, with one by its bytes alone where a query says the rest, and else by a form. */
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
