/** The number of bytes hashed at a time, except for the last piece. The checksum depends on it. */
export const PIECE_BYTES = 1_048_576;

/**
 * A 64-bit checksum against bit rot: XXH3 of each piece, seeded with the checksum of the previous piece. It does not protect against
 * tampering.
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
