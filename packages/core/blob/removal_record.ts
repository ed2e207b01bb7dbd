/** A blob that was struck off the ledger for good. */
export interface Removal {
  readonly key: string;
  readonly digest: string;
  /** In milliseconds since 1970. */
  readonly removedAt: number;
}

/**
 * The record of blobs that were struck off. It is written with the ledger in one step and outlives the bytes: a crash between the two
 * leaves nothing behind, every node hears of the removal, and bytes that have gone on purpose do not come back.
 */
export interface RemovalRecord {
  /** Returns removals whose bytes the store may still have, the oldest first. */
  pending(limit: number): Promise<readonly Removal[]>;
  /** Returns removals behind a place, in the order of time and key. */
  list(after: Pick<Removal, "key" | "removedAt">, limit: number): Promise<readonly Removal[]>;
  /** Records that the store has no bytes of these keys any more. */
  finish(keys: readonly string[]): Promise<void>;
  /** Returns those of the digests of which a blob was removed. */
  digestsAmong(digests: readonly string[]): Promise<ReadonlySet<string>>;
  /** Forgets finished removals from before a time. Returns how many. */
  forget(removedBefore: number, limit: number): Promise<number>;
}
