import type { Derivative } from "@progimage/core";
import { requestedRange, type Validators } from "./conditions.ts";

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

/** Gives the answer that the caller's copy is still good. */
export function answerNotModified(answer: ImageAnswer, more: MoreHeaders = NONE): Response {
  return new Response(null, { status: 304, headers: merged(answer.notModifiedHeaders, more) });
}

/** Gives the answer that carries an image: all of it, the part that was asked for, or its headers alone. */
export function answerImage(
  request: Request,
  answer: ImageAnswer,
  { bytes, content }: Derivative,
  more: MoreHeaders = NONE,
): Response {
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
    return new Response(part, {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${start}-${end}/${bytes}` },
    });
  }
  return new Response(content, { headers });
}

/** An image may vary by one thing, and every answer by another. */
function merged(headers: MoreHeaders, more: MoreHeaders): Record<string, string> {
  const all = { ...headers, ...more };
  if (headers["vary"] && more["vary"]) all["vary"] = `${headers["vary"]}, ${more["vary"]}`;
  return all;
}
