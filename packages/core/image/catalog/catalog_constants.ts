/** The owner of all jobs. */
export const OWNER = "";

/** Sorts after every hexadecimal digit. Appended to a prefix, it is the end of the range of digests and keys with that prefix. */
export const LAST_DIGIT = "g";
