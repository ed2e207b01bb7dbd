import type { Presets } from "@progimage/core";
import { pathNotFound } from "../../http/problem.ts";
import { pathOf, queryOf } from "../../http/request_target.ts";
import { splitImageFile } from "../../request/image_file.ts";
import type { Caller } from "../caller.ts";
import { type DeliveryRule, deliveryUse, hasRight, refuseDelivery } from "../delivery_rule.ts";
import { refuseWithoutScope } from "../require_scope.ts";
import { missingScopes, rightOf } from "../route_rights.ts";
import { SIGNATURE_SCOPES } from "./signature_scopes.ts";
import type { Refusal } from "../../http/refusal.ts";

/** The parts that {@linkcode refuseToSign} needs. */
export interface SigningRightParts {
  readonly deliveryRule: DeliveryRule;
  readonly presets: Presets;
}

const IMAGES = "/images/";

/**
 * Returns the reason for not signing a URL: there is no such path, its caller may not GET it, or no signature opens it. Returns `null` if
 * there is none. Whether the image is private is checked later, when the URL is opened.
 */
export function refuseToSign(
  target: string,
  caller: Caller,
  { deliveryRule, presets }: SigningRightParts,
): Refusal | null {
  const [path, query] = [pathOf({ url: target }), queryOf({ url: target })];
  const opener = {
    ...caller,
    by: "signature",
    scopes: caller.scopes.intersection(SIGNATURE_SCOPES.url),
  } as const;
  const right = rightOf("GET", path);
  if (right === null) return pathNotFound();
  if (right === "free") return null;
  if (right === "delivery") {
    const { extension } = splitImageFile(path.slice(IMAGES.length));
    const needed = deliveryRule(deliveryUse({ extension, query }, presets), false, caller);
    return hasRight(opener, needed) ? null : refuseDelivery(opener, needed);
  }
  const missing = missingScopes(right, opener.scopes);
  return missing.length === 0 ? null : refuseWithoutScope(opener, missing);
}
