/** There are no tenants yet. */
export const OWNER = "";

/** Behind every text that starts with hexadecimal digits and goes on with more of them. */
export const LAST_DIGIT = "g";
