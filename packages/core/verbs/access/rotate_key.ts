import { type AccessKey, isValidKey } from "../../access/access_key.ts";
import { isKeyId } from "../../access/key_text.ts";
import { ProgImageError } from "../../error.ts";
import { createKey, type CreatedKey, type KeyPorts } from "./create_key.ts";
import { keyNotFound } from "./revoke_key.ts";

/** Options for {@linkcode rotateKey}. */
export interface RotateKeyOptions {
  /** Milliseconds for which the old key stays valid. */
  readonly overlap: number;
}

/** A new key, and the old one that it replaces. */
export interface RotatedKey extends CreatedKey {
  readonly old: AccessKey;
}

/**
 * Makes a key with the scopes, label and expiry of another one, which expires after a time.
 *
 * @throws {ProgImageError} `key_not_found`; `conflict` for a key that is not valid any more
 */
export async function rotateKey(
  ports: KeyPorts,
  id: string,
  { overlap }: RotateKeyOptions,
): Promise<RotatedKey> {
  const before = isKeyId(id) ? await ports.keys.find(id) : null;
  if (!before) throw keyNotFound();
  if (!isValidKey(before, ports.now()))
    throw new ProgImageError(
      "conflict",
      "Cannot rotate key as it must be valid: it is revoked or has expired",
    );
  const { expiresAt, label, owner: tenant, scopes } = before;
  const created = await createKey(ports, { tenant, scopes, label, expiresAt });
  const old = await ports.keys.expire(tenant, id, ports.now() + overlap);
  return { ...created, old: old ?? before };
}
