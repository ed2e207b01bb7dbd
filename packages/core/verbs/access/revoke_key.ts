import type { AccessKey } from "../../access/access_key.ts";
import { isKeyId } from "../../access/key_text.ts";
import { ProgImageError } from "../../error.ts";
import type { KeyPorts } from "./create_key.ts";

/**
 * Revokes a key of a tenant: it is refused from now on, within a second. A revoked key does not change.
 *
 * @throws {ProgImageError} `key_not_found`
 */
export async function revokeKey(
  { keys }: Pick<KeyPorts, "keys">,
  tenant: string,
  id: string,
): Promise<AccessKey> {
  const revoked = isKeyId(id) ? await keys.revoke(tenant, id) : null;
  if (!revoked) throw keyNotFound();
  return revoked;
}

/** Returns the error for a missing key. */
export function keyNotFound(): ProgImageError {
  return new ProgImageError("key_not_found", "Cannot find key: there is none with this id");
}
