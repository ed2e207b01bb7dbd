import type { AccessKey, Scope } from "../../access/access_key.ts";
import type { KeyRecords } from "../../access/key_records.ts";
import { hashSecret, newKeyText, writeKeyText } from "../../access/key_text.ts";
import { ProgImageError } from "../../error.ts";

/** The ports that verbs of keys use. */
export interface KeyPorts {
  readonly keys: KeyRecords;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}

/** Options for {@linkcode createKey}. */
export interface CreateKeyOptions {
  /** Empty for the first tenant. */
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly label?: string | null;
  /** When it stops being valid, in milliseconds since 1970; `null` for never. */
  readonly expiresAt?: number | null;
}

/** A new key, and the only copy of its text. */
export interface CreatedKey {
  readonly key: AccessKey;
  readonly text: string;
}

/**
 * Makes a key.
 *
 * @throws {ProgImageError} `invalid_parameter` for a key that would not be valid, or with a scope that its tenant cannot have
 */
export async function createKey(
  { keys, now }: KeyPorts,
  { tenant, scopes, label = null, expiresAt = null }: CreateKeyOptions,
): Promise<CreatedKey> {
  const createdAt = now();
  if (expiresAt !== null && expiresAt <= createdAt)
    throw refuse("expiresAt", `it must lie in the future: it is ${new Date(expiresAt).toISOString()}`);
  if (tenant !== "" && scopes.includes("server"))
    throw refuse("scopes", 'only keys of the first tenant can have "server"');
  const text = newKeyText();
  const key: AccessKey = {
    id: text.id,
    owner: tenant,
    secretHash: hashSecret(text.secret),
    scopes: [...new Set(scopes)],
    label,
    createdAt,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  };
  await keys.add(key);
  return { key, text: writeKeyText(text) };
}

function refuse(parameter: string, reason: string): ProgImageError {
  return new ProgImageError("invalid_parameter", `Cannot make key: ${reason}`, { details: { parameter } });
}
