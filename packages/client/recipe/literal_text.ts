/** Returns any well-formed text as a value in a URL: `~`, then the base64url of its UTF-8. */
export function writeLiteral(text: string): string {
  const bytes = [...new TextEncoder().encode(text)].map((byte) => String.fromCharCode(byte));
  return `~${btoa(bytes.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}
