/**
 * Returns a UUID derived from a text: the same text gives the same UUID in every process. Version 7 only has the form of one, for ids that
 * need
 * it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.8
 */
export function uuidOf(words: string, { version = 8 }: { readonly version?: 7 | 8 } = {}): string {
  const digits = new Bun.CryptoHasher("sha256").update(words).digest("hex");
  const variant = ((Number.parseInt(digits.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `${version}${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
  ];
  return [...parts, digits.slice(20, 32)].join("-");
}
