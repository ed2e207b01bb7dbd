/** Bytes that are hashed at a time, but for the last ones: the checksum depends on it. */
export const PIECE_BYTES = 1_048_576;

/**
 * A checksum of 64 bits against bytes that rot: XXH3 of each piece, with that of the one before as its seed. No protection against
 * people.
 */
export class PieceChecksum {
  #value = 0n;

  /** Adds the next piece: {@linkcode PIECE_BYTES} bytes, unless it is the last one. */
  add(piece: Uint8Array): void {
    this.#value = Bun.hash.xxHash3(piece, this.#value);
  }

  get value(): bigint {
    return this.#value;
  }
}
