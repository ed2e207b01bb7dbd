import { sourceOf } from "../derivative/derivative_key.ts";
import { ownerTag } from "../tenant/owner_tag.ts";
import { digestOfKey, ownerTagOfKey } from "./blob_store.ts";

/** A blob whose record was permanently deleted from the ledger. */
export interface Removal {
  readonly key: string;
  readonly digest: string;
  readonly owner: string;
  /** In milliseconds since 1970. */
  readonly removedAt: number;
}

/**
 * The record of removed blobs. It is written in one transaction with the ledger and outlives the bytes. So a crash leaves no bytes behind,
 * every node learns of the removal, and bytes that were removed on purpose do not come back.
 */
export interface RemovalRecord {
  /** Returns removals whose bytes may still be in the store, the oldest first. */
  pending(limit: number): Promise<readonly Removal[]>;
  /** Returns removals after a position, in the order of time and key. */
  list(after: Pick<Removal, "key" | "removedAt">, limit: number): Promise<readonly Removal[]>;
  /** Records that the store no longer has bytes of these keys. */
  finish(keys: readonly string[]): Promise<void>;
  /** Returns the subset of the keys whose bytes were removed for their owner, under this key or another one. */
  among(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Deletes finished removals from before a time. Returns how many. */
  forget(removedBefore: number, limit: number): Promise<number>;
}

/** Returns the source of the derivatives of removed bytes. */
export function sourceOfRemoval({ digest, owner }: Removal): string {
  return sourceOf({ owner, sha256: digest });
}

/** Returns the subset of the keys whose bytes and owner are those of a removal. */
export function removedAmong(
  keys: readonly string[],
  removals: Iterable<Pick<Removal, "digest" | "owner">>,
): ReadonlySet<string> {
  const removed = new Set([...removals].map(({ digest, owner }) => digest + ownerTag(owner)));
  return new Set(keys.filter((key) => removed.has(digestOfKey(key) + ownerTagOfKey(key))));
}
