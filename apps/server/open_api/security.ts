import type { Scope } from "@progimage/core";
import { type RouteRight, rightOf } from "../access/route_rights.ts";
import { TOKEN_PATHS } from "../access/signature/signature_recogniser.ts";
import { SIGNATURE_SCOPES } from "../access/signature/signature_scopes.ts";
import { purposeOf } from "../access/signature/signed_target.ts";
import type { JsonObject, PlacedOperation } from "./open_api_document.ts";

/** The kinds of evidence, as components. */
export const SECURITY_SCHEMES = {
  key: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "pi_{id}_{secret}",
    description:
      "A key. The names beside it are the scopes that it needs. A server with `PROGIMAGE_ACCESS=open` needs none",
  },
  signature: {
    type: "apiKey",
    in: "query",
    name: "sig",
    description:
      "The signature of a URL, or an upload token, by a key that may do the same. It is the last parameter",
  },
} as const satisfies JsonObject;

/** Returns the right that an operation needs. @throws {RangeError} if the table of rights lacks it */
export function rightOfOperation({ method, path }: Pick<PlacedOperation, "method" | "path">): RouteRight {
  const right = rightOf(method.toUpperCase(), path);
  if (right === null) throw new RangeError(`Cannot describe ${method} ${path}: route_rights.ts lacks it`);
  return right;
}

/** Returns the alternatives of evidence for an operation. */
export function securityOf(place: Pick<PlacedOperation, "method" | "path">): readonly JsonObject[] {
  const right = rightOfOperation(place);
  if (right === "free") return [];
  if (right === "delivery")
    return [{}, { signature: [] }, { key: ["images:read"] }, { key: ["recipes:run"] }];
  if (typeof right === "object" && "allOf" in right) return [{ key: right.allOf }];
  const scopes = typeof right === "string" ? [right] : right;
  const keys = scopes.map((scope) => ({ key: [scope] }));
  return isSignable(place, scopes) ? [{ signature: [] }, ...keys] : keys;
}

/** Whether the signature of a key with one of some scopes opens an operation. */
function isSignable(
  { method, path }: Pick<PlacedOperation, "method" | "path">,
  scopes: readonly Scope[],
): boolean {
  const purpose = purposeOf(method.toUpperCase());
  if (purpose === null || (purpose === "upload" && !TOKEN_PATHS.has(path))) return false;
  return scopes.some((scope) => SIGNATURE_SCOPES[purpose].has(scope));
}
