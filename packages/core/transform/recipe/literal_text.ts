const BASE64URL_REGEXP = /^[\w-]*={0,2}$/;

/** Returns a well-formed text as a value in a URL: `~`, then the base64url of its UTF-8. */
export function writeLiteral(text: string): string {
  return `~${Buffer.from(text, "utf8").toString("base64url")}`;
}

/** Decodes a value of `~` and base64url, or returns `null` if it is not base64url of UTF-8. */
export function readLiteral(value: string): string | null {
  const encoded = value.slice(1);
  if (!BASE64URL_REGEXP.test(encoded)) return null;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(Buffer.from(encoded, "base64url"));
  } catch {
    return null;
  }
}
