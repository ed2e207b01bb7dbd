import { type Scope, SCOPES } from "@progimage/core";

/** The scopes that only keys have: who administers the server is decided by the server. */
const NEVER: ReadonlySet<string> = new Set(["admin", "server"]);

/**
 * Returns the scopes in a claim, which is a text with spaces, as in OAuth, or a list. Scopes of other services are ignored.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8693#section-4.2
 */
export function claimedScopes(claim: unknown): ReadonlySet<Scope> {
  const words: readonly unknown[] =
    typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  return new Set(SCOPES.filter((scope) => !NEVER.has(scope) && words.includes(scope)));
}
