import type { Scope } from "@progimage/core";

/** The rights of a key that a signature uses. */
export interface SigningKey {
  readonly owner: string;
  readonly scopes: readonly Scope[];
}

/** The scopes that a signature can use, by their letters in the ids of built-in keys. */
const LETTERS: readonly (readonly [letter: string, scope: Scope])[] = [
  ["r", "images:read"],
  ["x", "recipes:run"],
  ["j", "jobs:write"],
  ["c", "images:create"],
];

/** The ids of stored keys contain no dot. */
const ID_REGEXP = /^(r?x?j?c?)\.([\w-]*)$/;

/**
 * Returns the id of the key with which the server signs for callers of a tenant who have none, such as those with a JWT. Such a key is not
 * stored: its id has its scopes, and the tenant. So a URL never allows more than the caller who had it signed.
 */
export function builtInKeyId(tenant: string, scopes: ReadonlySet<Scope>): string {
  const letters = LETTERS.filter(([, scope]) => scopes.has(scope)).map(([letter]) => letter);
  return `${letters.join("")}.${tenant}`;
}

/** Returns the rights of a built-in key, or `null` for any other id. */
export function builtInKey(id: string): SigningKey | null {
  const [, letters, owner = ""] = ID_REGEXP.exec(id) ?? [];
  if (letters === undefined) return null;
  return { owner, scopes: LETTERS.filter(([letter]) => letters.includes(letter)).map(([, scope]) => scope) };
}
