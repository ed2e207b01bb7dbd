import { type BlobContent, isRemote, type RemoteContent } from "@progimage/core";
import { requestedRange, type Validators } from "./conditions.ts";

/** All bytes of an image, wherever they are. */
export interface ImageBytes {
  readonly bytes: number;
  readonly content: Uint8Array<ArrayBuffer> | BlobContent;
}

/** An image on its way out, before anybody has asked for a part or for news of it. */
export interface ImageAnswer extends Validators {
  /** Those of a whole answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Those of an answer without a body, that the caller's copy is still good. */
  readonly notModifiedHeaders: Readonly<Record<string, string>>;
}

/** Headers that an answer has besides those of its image. */
export type MoreHeaders = Readonly<Record<string, string>>;

const NONE: MoreHeaders = {};

/** What lies elsewhere and is not longer is read before it is sent, so that the answer can say how long it is. */
const MAX_BUFFERED_BYTES = 1_048_576;

/** Gives the answer that the caller's copy is still good. */
export function answerNotModified(answer: ImageAnswer, more: MoreHeaders = NONE): Response {
  return new Response(null, { status: 304, headers: merged(answer.notModifiedHeaders, more) });
}

/**
 * Gives the answer that carries an image: all of it, the part that was asked for, or its headers alone. What lies elsewhere has begun
 * to come when its answer begins; should it break off, so does the connection.
 */
export function answerImage(
  request: Request,
  answer: ImageAnswer,
  { bytes, content }: ImageBytes,
  more: MoreHeaders = NONE,
): Response | Promise<Response> {
  const headers = merged(answer.headers, more);
  const range = requestedRange(request, bytes, answer);
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

/** An image may vary by one thing, and every answer by another. */
function merged(headers: MoreHeaders, more: MoreHeaders): Record<string, string> {
  const all = { ...headers, ...more };
  if (headers["vary"] && more["vary"]) all["vary"] = `${headers["vary"]}, ${more["vary"]}`;
  return all;
}
