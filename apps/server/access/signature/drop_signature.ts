import { replaceTarget, targetOf } from "../../http/request_target.ts";
import { hasSignature, splitSignature } from "./signed_target.ts";

/**
 * Removes a signature from the URL of a request that was let in. Routes and caches then see the verified part alone, and the log has no
 * URL that others could use. In mode `open`, a signature is not needed and not checked.
 */
export function dropSignature(request: Request): void {
  const target = targetOf(request);
  const signed = hasSignature(target) ? splitSignature(target) : null;
  if (signed) replaceTarget(request, signed.bare);
}
