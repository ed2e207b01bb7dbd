import type { MemoryTables } from "../database/memory_tables.ts";
import type { BlobLedger } from "./blob_ledger.ts";

/** The ledger of blobs in memory. */
export class MemoryBlobLedger implements BlobLedger {
  readonly #tables: MemoryTables;
  readonly #now: () => number;

  constructor(tables: MemoryTables, now: () => number = Date.now) {
    this.#tables = tables;
    this.#now = now;
  }

  async touch(digest: string): Promise<string | null> {
    const blob = this.#tables.blobs.get(digest);
    if (!blob) return null;
    if (blob.idleSince !== null) blob.idleSince = this.#now();
    blob.condemnedAt = null;
    return blob.key;
  }

  async condemn(idleBefore: number, limit: number): Promise<number> {
    let condemned = 0;
    for (const [digest, blob] of this.#tables.blobs) {
      if (condemned === limit) break;
      if (blob.condemnedAt !== null || blob.idleSince === null || blob.idleSince >= idleBefore) continue;
      if (this.#tables.isReferenced(digest)) {
        blob.idleSince = null;
      } else {
        blob.condemnedAt = this.#now();
        condemned++;
      }
    }
    return condemned;
  }

  async release(condemnedBefore: number, limit: number): Promise<readonly string[]> {
    const released: string[] = [];
    for (const [digest, blob] of [...this.#tables.blobs]) {
      if (released.length === limit) break;
      if (blob.condemnedAt === null || blob.condemnedAt >= condemnedBefore) continue;
      if (this.#tables.isReferenced(digest)) continue;
      this.#tables.blobs.delete(digest);
      released.push(blob.key);
    }
    return released;
  }

  async known(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const recorded = new Set(this.#tables.blobs.values().map((blob) => blob.key));
    return new Set(keys.filter((key) => recorded.has(key)));
  }

  async lease(name: string, holder: string, duration: number): Promise<boolean> {
    const now = this.#now();
    const lease = this.#tables.leases.get(name);
    if (lease && lease.holder !== holder && lease.expiresAt > now) return false;
    this.#tables.leases.set(name, { holder, expiresAt: now + duration });
    return true;
  }
}
