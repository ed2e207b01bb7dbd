/** How many bytes a secret may have. @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const MIN_BYTES = 24;
const MAX_BYTES = 64;

const SECRET_REGEXP = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** Gives the bytes of a secret of the Standard Webhooks specification, `whsec_` and base64; `null` for what is none. */
export function webhookSecretBytes(text: string): Uint8Array | null {
  const [, base64 = ""] = SECRET_REGEXP.exec(text) ?? [];
  const bytes = Buffer.from(base64, "base64");
  return bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES ? bytes : null;
}
