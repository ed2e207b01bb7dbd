import { type BlobStore, isBlobKey, SHARDS } from "../../blob/blob_store.ts";
import type { Ports } from "../../ports.ts";

/** Ports of {@linkcode pruneCopies}. */
export interface PruneCopiesPorts {
  readonly source: BlobStore;
  readonly target: BlobStore;
  /** The ledger of the copied store. It protects copies of bytes that only the store has lost. */
  readonly ledger: Pick<Ports["ledger"], "known">;
}

/** Removes copies of blobs that neither their store nor its ledger has any more. Returns their number. */
export async function pruneCopies({ source, target, ledger }: PruneCopiesPorts): Promise<number> {
  let pruned = 0;
  for (const shard of SHARDS) {
    const copies = (await keysOf(target, shard)).filter(isBlobKey);
    const kept = new Set(await keysOf(source, shard));
    const known = await ledger.known(copies);
    for (const key of copies) {
      if (kept.has(key) || known.has(key)) continue;
      await target.remove(key);
      pruned++;
    }
  }
  return pruned;
}

async function keysOf(store: BlobStore, shard: string): Promise<readonly string[]> {
  return (await Array.fromAsync(store.list(shard))).map(({ key }) => key);
}
