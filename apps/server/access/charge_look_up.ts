/**
 * Takes a token of the caller's address for the look-up of something that callers can invent, such as the id of a key. Returns a function
 * that gives the token back. Look-ups have a bucket of their own: strangers who share the address of a caller cannot take its tokens by
 * requests without a key.
 *
 * @throws {Refusal} `rate_limited` if the address has none left
 */
export type ChargeLookUp = () => () => void;
