import { ProgImageError } from "@progimage/core";
import { namesReserved, splitSignature } from "./signed_target.ts";

/** Options for {@linkcode signableTarget}. */
export interface SignableTargetOptions {
  /** The URL of the server, without a trailing slash; empty if it is unknown. */
  readonly publicUrl: string;
  /** The path of the text in the request. */
  readonly path: string;
}

/** Any URL: only the path and the query below it count. */
const UNKNOWN_URL = "http://localhost";

/**
 * Returns the path and query of a URL of this server, in the spelling that the server will see. A signature that it already has is removed.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function signableTarget(text: string, { publicUrl, path }: SignableTargetOptions): string {
  const base = new URL(publicUrl || UNKNOWN_URL);
  const root = base.pathname.replace(/\/$/, "");
  const url = text.startsWith("/") ? URL.parse(base.origin + root + text) : publicUrl && URL.parse(text);
  const isOurs = url && url.origin === base.origin && url.pathname.startsWith(`${root}/`);
  if (!isOurs)
    throw notSignable(path, `a path, or a URL below ${publicUrl || "the public URL, which is unknown"}`);
  const whole = url.pathname.slice(root.length) + url.search;
  const target = splitSignature(whole)?.bare ?? whole;
  if (namesReserved(target)) throw notSignable(path, "without the parameters exp, kid and sig");
  return target;
}

function notSignable(parameter: string, must: string): ProgImageError {
  const message = `Cannot sign ${parameter} as it must be ${must}: it is something else`;
  return new ProgImageError("invalid_parameter", message, { details: { parameter } });
}
