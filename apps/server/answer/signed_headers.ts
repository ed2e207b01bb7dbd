import type { Caller, CallerSignature } from "../access/caller.ts";
import type { Config } from "../settings/config.ts";
import type { ImageAnswer, MoreHeaders } from "./image_answer.ts";

const NONE: MoreHeaders = {};

/** Returns the seconds until a signature ends, rounded down; infinite if it does not end. */
export function secondsLeft({ expiresAt }: CallerSignature, now: number): number {
  return expiresAt === null ? Infinity : Math.max(0, Math.floor((expiresAt - now) / 1000));
}

/**
 * Returns the headers that an answer to a signed URL has instead of its own; none for another caller. The URL is the evidence, so any
 * cache may keep the answer, but not for longer than the signature is valid, nor for long: its key can be revoked.
 */
export function signedHeaders(
  { cacheSeconds }: Pick<ImageAnswer, "cacheSeconds">,
  { signature }: Pick<Caller, "signature">,
  { now, signedMaxAge }: Pick<Config, "signedMaxAge"> & { readonly now: number },
): MoreHeaders {
  if (!signature) return NONE;
  const seconds = Math.min(cacheSeconds, signedMaxAge, secondsLeft(signature, now));
  return { "cache-control": seconds === 0 ? "no-cache" : `public, max-age=${seconds}` };
}
