import type { CallOptions, Connection } from "./connection.ts";
import type { ImageParts } from "./image_parts.ts";
import { writeMultipart } from "./multipart.ts";
import { LONGEST_QUERY } from "./upload.ts";

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
  request: WrittenRequest,
  options: ServiceOptions,
  read: (response: Response) => T | Promise<T>,
): Promise<T> {
  const { path, parts, json, fields, query } = request;
  const send = (suffix: string, type: string | null, body: BodyInit): Promise<T> => {
    const headers = new Headers(options.headers);
    if (type !== null) headers.set("content-type", type);
    const call = { timeout: 0, ...options, method: "POST", headers, body };
    return connection.send(path + suffix, call, read);
  };
  if (parts.size === 0) return await send("", "application/json", JSON.stringify(json));
  const { files, close } = await parts.open();
  try {
    const [only] = files;
    if (only && parts.isSingle && query !== null && query.length <= LONGEST_QUERY)
      return await send(query && `?${query}`, only.source.type, only.source.body as BodyInit);
    const form = writeMultipart(fields, files);
    return await send("", form.headers["content-type"] ?? null, form.body);
  } finally {
    await close();
  }
}
