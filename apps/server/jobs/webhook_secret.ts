import { hkdfSync } from "node:crypto";

/**
 * The allowed length of a secret, in bytes. @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
const MIN_BYTES = 24;
const MAX_BYTES = 64;

const TENANT_BYTES = 32;

/** Part of each derivation, so that another use of the same secret gets other keys. */
const TENANT_INFO = "progimage webhook v1";

const PREFIX = "whsec_";

const SECRET_REGEXP = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** Returns the bytes of a Standard Webhooks secret, `whsec_` and base64; `null` for any other text. */
export function webhookSecretBytes(text: string): Uint8Array | null {
  const [, base64 = ""] = SECRET_REGEXP.exec(text) ?? [];
  const bytes = Buffer.from(base64, "base64");
  return bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES ? bytes : null;
}

/**
 * Returns the secrets that sign the webhooks of a tenant, from those of the server. The first tenant has those themselves, and others HKDF
 * of them, with the id of the tenant as salt. So no tenant can forge a message to another one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
export function tenantWebhookSecrets(secrets: readonly Uint8Array[], tenant: string): readonly Uint8Array[] {
  if (tenant === "") return secrets;
  return secrets.map(
    (secret) => new Uint8Array(hkdfSync("sha256", secret, tenant, TENANT_INFO, TENANT_BYTES)),
  );
}

/** Returns a secret as libraries for Standard Webhooks take it. */
export function webhookSecretText(secret: Uint8Array): string {
  return PREFIX + Buffer.from(secret).toString("base64");
}
