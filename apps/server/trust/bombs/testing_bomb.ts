/** A file that is made to cost far more than it took to send. */
export interface Bomb {
  readonly name: string;
  readonly make: () => Uint8Array | Promise<Uint8Array>;
  /**
   * How it is met: `header` is refused by what its header says, before anything is decoded; `limit` while it is decoded or rendered, by
   * a limit on time or memory if need be; `harmless` may be kept, since it costs no more than a picture of its size.
   */
  readonly met: "harmless" | "header" | "limit";
  /** Whether only the long run has time for it: others of its kind are there. */
  readonly isLong?: boolean;
}

/** Returns numbers of so many bytes each, the lowest byte first. */
export function littleEndian(...values: readonly (readonly [bytes: number, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );
}

/** Returns numbers of so many bytes each, the highest byte first. */
export function bigEndian(...values: readonly (readonly [bytes: number, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntBE(value, 0, bytes);
      return field;
    }),
  );
}
