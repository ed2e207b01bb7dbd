import type { MemoryBlobRow, MemoryTables } from "../database/memory_tables.ts";
import { digestOfKey } from "./blob_store.ts";
import type { BlobLedger, BlobRecord, LedgerEntry, LedgerPageOptions } from "./blob_ledger.ts";
import type { Removal } from "./removal_record.ts";

/** The ledger of blobs in memory. */
export class MemoryBlobLedger implements BlobLedger {
  readonly #tables: MemoryTables;
  readonly #now: () => number;

  constructor(tables: MemoryTables, now: () => number = Date.now) {
    this.#tables = tables;
    this.#now = now;
  }

  async touch(digest: string): Promise<BlobRecord | null> {
    const blob = this.#tables.blobs.get(digest);
    if (!blob) return null;
    if (blob.idleSince !== null || blob.condemnedAt !== null) blob.idleSince = this.#now();
    blob.condemnedAt = null;
    return recordOf(blob);
  }

  async condemn(idleBefore: number, limit: number): Promise<number> {
    let condemned = 0;
    for (const [digest, blob] of this.#tables.blobs) {
      if (condemned === limit) break;
      if (blob.condemnedAt !== null || blob.idleSince === null || blob.idleSince >= idleBefore) continue;
      if (this.#tables.isReferenced(digest)) {
        blob.idleSince = null;
      } else {
        blob.idleSince = null;
        blob.condemnedAt = this.#now();
        condemned++;
      }
    }
    return condemned;
  }

  async release(condemnedBefore: number, limit: number): Promise<readonly Removal[]> {
    const due = [...this.#tables.blobs]
      .filter(([, { condemnedAt }]) => condemnedAt !== null && condemnedAt < condemnedBefore)
      .map(([digest]) => digest)
      .filter((digest) => !this.#tables.isReferenced(digest));
    return this.#tables.strikeOff(due.slice(0, limit), this.#now());
  }

  async known(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const recorded = new Set(this.#tables.blobs.values().map((blob) => blob.key));
    return new Set(keys.filter((key) => recorded.has(key)));
  }

  async page(beginning: string, { after = "", limit }: LedgerPageOptions): Promise<readonly LedgerEntry[]> {
    const bytesOf = (digest: string) =>
      this.#tables.images.values().find(({ sha256 }) => sha256 === digest)?.bytes ?? null;
    return this.#records()
      .filter(({ key }) => key.startsWith(beginning) && key > after)
      .slice(0, limit)
      .map((record) => ({ ...record, bytes: bytesOf(digestOfKey(record.key)) }));
  }

  async replace(key: string, replacement: string): Promise<boolean> {
    const digest = digestOfKey(key);
    const blob = this.#tables.blobs.get(digest);
    if (blob?.key !== key) return false;
    this.#tables.blobs.set(digest, { ...blob, key: replacement, damagedAt: null });
    return true;
  }

  async count(): Promise<number> {
    return this.#tables.blobs.size;
  }

  async setDamaged(key: string, isDamaged: boolean): Promise<boolean> {
    const blob = this.#tables.blobs.values().find((each) => each.key === key);
    if (!blob || (blob.damagedAt !== null) === isDamaged) return false;
    blob.damagedAt = isDamaged ? this.#now() : null;
    return true;
  }

  async damaged(limit: number): Promise<readonly BlobRecord[]> {
    return this.#records()
      .filter(({ isDamaged }) => isDamaged)
      .slice(0, limit);
  }

  async lease(name: string, holder: string, duration: number): Promise<boolean> {
    const now = this.#now();
    const lease = this.#tables.leases.get(name);
    if (lease && lease.holder !== holder && lease.expiresAt > now) return false;
    this.#tables.leases.set(name, { holder, expiresAt: now + duration });
    return true;
  }

  #records(): readonly BlobRecord[] {
    const records = [...this.#tables.blobs.values()].map(recordOf);
    return records.sort((one, other) => (one.key < other.key ? -1 : 1));
  }
}

function recordOf({ key, damagedAt }: MemoryBlobRow): BlobRecord {
  return { key, isDamaged: damagedAt !== null };
}
