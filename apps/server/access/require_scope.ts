import type { Scope } from "@progimage/core";
import { contextOf } from "../http/request_context.ts";
import { Refusal } from "../http/refusal.ts";
import type { Caller } from "./caller.ts";

/**
 * Asks for a scope that a route needs besides its right, because of what the body says.
 *
 * @throws {Refusal} `forbidden`, or `unauthenticated` for a stranger
 */
export function requireScope(request: Request, ...scopes: readonly Scope[]): void {
  const { caller } = contextOf(request);
  for (const scope of scopes) if (!caller.scopes.has(scope)) throw refuseWithoutScope(caller, [scope]);
}

/** Returns the refusal of a caller that has none of some scopes. */
export function refuseWithoutScope({ by }: Caller, scopes: readonly Scope[]): Refusal {
  if (by === "stranger") {
    const message = "Cannot answer without a key: send one as the header Authorization: Bearer pi_…";
    return new Refusal("unauthenticated", message);
  }
  const names = scopes.map((scope) => `"${scope}"`).join(" or ");
  const holder = { jwt: "token", token: "token", signature: "signature", key: "key", open: "caller" }[by];
  return new Refusal("forbidden", `Cannot answer as the ${holder} has no scope ${names}`);
}
