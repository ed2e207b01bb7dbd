import { KEY_PREFIX } from "@progimage/core";

const BEARER_REGEXP = /^bearer +(\S+)$/i;

/** Returns the token of a header `Authorization: Bearer …`, or `null` for any other. */
export function bearerToken(header: string): string | null {
  return BEARER_REGEXP.exec(header)?.[1] ?? null;
}

/** Whether a token is meant as a key of this server. Any other is one of an issuer. */
export function isKeyText(token: string): boolean {
  return token.startsWith(KEY_PREFIX);
}
