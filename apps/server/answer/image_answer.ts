import { type BlobContent, isRemote, type RemoteContent } from "@progimage/core";
import { requestedRange, type Validators } from "./conditions.ts";

/** All bytes of an image, local or remote. */
export interface ImageBytes {
  readonly bytes: number;
  readonly content: Uint8Array<ArrayBuffer> | BlobContent;
}

/** An image answer, before ranges and conditional requests are applied. */
export interface ImageAnswer extends Validators {
  /** Headers of a full answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers of a 304, which has no body. */
  readonly notModifiedHeaders: Readonly<Record<string, string>>;
  /** For how long caches may keep it if everyone may have it; 0 if they must ask before each use. */
  readonly cacheSeconds: number;
  /** The headers of a full answer, built once because it is sent repeatedly. Copying them takes half the time of building them. */
  readonly built?: Headers;
}

/** Additional headers, besides those of the image. */
export type MoreHeaders = Readonly<Record<string, string>>;

const NONE: MoreHeaders = {};

/** Remote content up to this size is read before it is sent, so that the answer has a length. */
const MAX_BUFFERED_BYTES = 1_048_576;

/** Returns a 304: the caller's copy is still valid. */
export function answerNotModified(answer: ImageAnswer, more: MoreHeaders = NONE): Response {
  return new Response(null, { status: 304, headers: merged(answer.notModifiedHeaders, more) });
}

/**
 * Returns the answer with an image: its whole body, the requested range, or its headers alone. For remote content the transfer has
 * begun when the answer begins; if it fails later, the connection breaks.
 */
export function answerImage(
  request: Request,
  answer: ImageAnswer,
  { bytes, content }: ImageBytes,
  more: MoreHeaders = NONE,
): Response | Promise<Response> {
  const range = requestedRange(request, bytes, answer);
  if (range === null && answer.built && !isRemote(content)) return answerBuilt(content, answer.built, more);
  const headers = merged(answer.headers, more);
  if (range === "unsatisfiable") {
    return new Response(null, {
      status: 416,
      headers: { ...merged(answer.notModifiedHeaders, more), "content-range": `bytes */${bytes}` },
    });
  }
  if (range) {
    const { start, end } = range;
    const part =
      content instanceof Uint8Array ? content.subarray(start, end + 1) : content.slice(start, end + 1);
    const partHeaders = { ...headers, "content-range": `bytes ${start}-${end}/${bytes}` };
    if (isRemote(part)) return answerRemote(request, part, { status: 206, headers: partHeaders });
    return new Response(part, { status: 206, headers: partHeaders });
  }
  if (isRemote(content)) return answerRemote(request, content, { status: 200, headers });
  return new Response(content, { headers });
}

function answerBuilt(content: Uint8Array<ArrayBuffer> | Blob, built: Headers, more: MoreHeaders): Response {
  const response = new Response(content, { headers: built });
  const { headers } = response;
  for (const name in more) {
    const value = more[name] ?? "";
    if (name === "vary") headers.append(name, value);
    else headers.set(name, value);
  }
  return response;
}

async function answerRemote(
  { method, signal }: Request,
  content: RemoteContent,
  { status, headers }: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
): Promise<Response> {
  const init = { status, headers: { ...headers, "content-length": String(content.size) } };
  if (method === "HEAD") {
    await content.check();
    return new Response(null, init);
  }
  const body = await content.begin({ signal });
  return new Response(content.size <= MAX_BUFFERED_BYTES ? await new Response(body).bytes() : body, init);
}

/** The image may have one `Vary` field, and the answer another: both are kept. */
function merged(headers: MoreHeaders, more: MoreHeaders): Record<string, string> {
  const all = { ...headers, ...more };
  if (headers["vary"] && more["vary"]) all["vary"] = `${headers["vary"]}, ${more["vary"]}`;
  return all;
}
