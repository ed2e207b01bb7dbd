import { ProgImageError } from "../../error.ts";

/** A token that allows one image. */
export interface OneTimeToken {
  readonly id: string;
  /** When it expires, in milliseconds since 1970. Its use stays on record until no upload that began before can still end. */
  readonly usedUntil: number;
}

/** The record of used tokens. The catalog of images writes it, in the transaction that adds the image. */
export interface UsedTokens {
  has(id: string): Promise<boolean>;
  /** Deletes tokens that have expired before a time. Returns how many. */
  forget(expiredBefore: number, limit: number): Promise<number>;
}

/** Returns the error for the second use of a token. */
export function tokenUsed(): ProgImageError {
  const message =
    "Cannot store image as its upload token allows one image and was used before: ask for another";
  return new ProgImageError("conflict", message);
}
