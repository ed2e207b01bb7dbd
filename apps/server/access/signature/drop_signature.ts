import { replaceTarget, targetOf } from "../../http/request_target.ts";
import { hasSignature, splitSignature } from "./signed_target.ts";

/**
 * Removes a signature from the URL of a request that was let in without it, so that it has no effect: in mode `open`, or if a header
 * `Authorization` is the evidence.
 */
export function dropSignature(request: Request): void {
  const target = targetOf(request);
  const signed = hasSignature(target) ? splitSignature(target) : null;
  if (signed) replaceTarget(request, signed.bare);
}
