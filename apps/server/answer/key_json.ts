import type { AccessKey, JsonOf, KEY_SHAPE } from "@progimage/core";

/** Returns a key as the API shows it. */
export function keyJson(key: AccessKey): JsonOf<typeof KEY_SHAPE> {
  const { id, owner, scopes, label, createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  return {
    id,
    tenant: owner,
    scopes,
    label,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: timeOf(expiresAt),
    revokedAt: timeOf(revokedAt),
    lastUsedAt: timeOf(lastUsedAt),
  };
}

function timeOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
