/** There are no tenants yet. */
export const OWNER = "";

/** Behind every text that starts with a prefix, in the order of bytes. */
export const LAST_CHARACTER = "\u{10FFFF}";

/** Behind every text that starts with hexadecimal digits and goes on with more of them. */
export const LAST_DIGIT = "g";
