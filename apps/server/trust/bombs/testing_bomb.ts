/** A file that costs far more to process than to send. */
export interface Bomb {
  readonly name: string;
  readonly make: () => Uint8Array | Promise<Uint8Array>;
  /**
   * How it is handled. `header` is refused because of its header, before decoding. `limit` is refused during decoding or rendering, by a
   * limit on time or memory if necessary. `harmless` may be stored, because it costs no more than a picture of its size.
   */
  readonly met: "harmless" | "header" | "limit";
  /** Whether it is for long runs only, because others of its kind exist. */
  readonly isLong?: boolean;
}

/** Returns little-endian numbers, with the width of each in bytes. */
export function littleEndian(...values: readonly (readonly [bytes: number, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );
}

/** Returns big-endian numbers, with the width of each in bytes. */
export function bigEndian(...values: readonly (readonly [bytes: number, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntBE(value, 0, bytes);
      return field;
    }),
  );
}
