/**
 * The allowed length of a secret, in bytes. @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
const MIN_BYTES = 24;
const MAX_BYTES = 64;

const SECRET_REGEXP = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** Returns the bytes of a Standard Webhooks secret, `whsec_` and base64; `null` for any other text. */
export function webhookSecretBytes(text: string): Uint8Array | null {
  const [, base64 = ""] = SECRET_REGEXP.exec(text) ?? [];
  const bytes = Buffer.from(base64, "base64");
  return bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES ? bytes : null;
}
