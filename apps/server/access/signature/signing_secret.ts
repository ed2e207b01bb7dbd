import { createHash, hkdfSync } from "node:crypto";

/** The use of a signature. A signature for one use is invalid for the other. */
export type Purpose = "upload" | "url";

const KEY_BYTES = 32;

/** Tells scanners of leaks that a text is a signing secret. */
const PREFIX = "pis_";

/** Part of each derivation, so that another use of the same secret gets other keys. */
const SIGNING_INFO = "progimage signing v1";

/**
 * Returns the signing secret of a key: HKDF of a secret of the server, with the id of the key as salt. It is not stored.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
export function signingSecretOf(secret: string, keyId: string): string {
  return (
    PREFIX + Buffer.from(hkdfSync("sha256", secret, keyId, SIGNING_INFO, KEY_BYTES)).toString("base64url")
  );
}

/** Returns the HMAC key of a signing secret for one use. */
export function hmacKeyOf(signingSecret: string, purpose: Purpose): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", signingSecret, "", purpose, KEY_BYTES));
}

/** Returns the signature of a text: its HMAC-SHA-256, untruncated, in base64url. */
export function signatureOf(key: Uint8Array, text: string): string {
  return new Bun.CryptoHasher("sha256", key).update(text).digest("base64url");
}

/** Returns the id under which the use of a signature is recorded: it does not contain the signature. */
export function tokenIdOf(signature: string): string {
  return createHash("sha256").update(signature).digest("base64url");
}
