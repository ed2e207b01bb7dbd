/** The number of hexadecimal digits in a tag. */
const TAG_DIGITS = 11;

/** The length of the tag of every owner but the first one. */
export const TAG_CHARACTERS = TAG_DIGITS + 1;

/**
 * Returns the tag by which the keys of stored files tell their owners apart: `t` and 11 hexadecimal digits. It is empty for the first
 * owner, whose keys have none. A tag cannot be turned back into its owner.
 */
export function ownerTag(owner: string): string {
  if (owner === "") return "";
  return `t${new Bun.CryptoHasher("sha256").update(owner).digest("hex").slice(0, TAG_DIGITS)}`;
}
