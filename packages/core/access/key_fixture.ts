import type { AccessKey } from "./access_key.ts";
import { hashSecret, newKeyText } from "./key_text.ts";

/** Returns a key for tests. */
export function keyFixture(key: Partial<AccessKey> = {}): AccessKey {
  const { id, secret } = newKeyText();
  return {
    id,
    owner: "",
    secretHash: hashSecret(secret),
    scopes: ["images:read", "recipes:run"],
    label: null,
    createdAt: 1_000,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    ...key,
  };
}
