import type { AccessKey, JsonOf, KEY_SHAPE } from "@progimage/core";
import { isoTime } from "./iso_time.ts";

/** Returns a key as the API shows it. */
export function keyJson(key: AccessKey): JsonOf<typeof KEY_SHAPE> {
  const { id, owner, scopes, label, createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  return {
    id,
    tenant: owner,
    scopes,
    label,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: isoTime(expiresAt),
    revokedAt: isoTime(revokedAt),
    lastUsedAt: isoTime(lastUsedAt),
  };
}
