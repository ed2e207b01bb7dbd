import { contentId, type MemoryBlobRow, type MemoryTables } from "../database/memory_tables.ts";
import { sourceOf } from "../derivative/derivative_key.ts";
import type { Image } from "../image/image.ts";
import type { BlobImage, BlobLedger, BlobRecord, LedgerEntry, LedgerPageOptions } from "./blob_ledger.ts";
import type { Removal } from "./removal_record.ts";

/** The ledger of blobs in memory. */
export class MemoryBlobLedger implements BlobLedger {
  readonly #tables: MemoryTables;
  readonly #now: () => number;
  readonly #owner: string;

  constructor(tables: MemoryTables, now: () => number = Date.now, owner = "") {
    this.#tables = tables;
    this.#now = now;
    this.#owner = owner;
  }

  of(owner: string): BlobLedger {
    return new MemoryBlobLedger(this.#tables, this.#now, owner);
  }

  async touch(digest: string): Promise<BlobRecord | null> {
    const blob = this.#tables.blobOf({ owner: this.#owner, sha256: digest });
    if (!blob) return null;
    if (blob.idleSince !== null || blob.condemnedAt !== null) blob.idleSince = this.#now();
    blob.condemnedAt = null;
    return recordOf(blob);
  }

  async condemn(idleBefore: number, limit: number): Promise<number> {
    let condemned = 0;
    for (const blob of this.#tables.blobs.values()) {
      if (condemned === limit) break;
      if (blob.condemnedAt !== null || blob.idleSince === null || blob.idleSince >= idleBefore) continue;
      if (this.#tables.isReferenced(blob)) {
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
    const due = [...this.#tables.blobs.values()]
      .filter(({ condemnedAt }) => condemnedAt !== null && condemnedAt < condemnedBefore)
      .filter((blob) => !this.#tables.isReferenced(blob));
    return this.#tables.strikeOff(due.slice(0, limit), this.#now());
  }

  async known(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const recorded = new Set(this.#tables.blobs.values().map((blob) => blob.key));
    return new Set(keys.filter((key) => recorded.has(key)));
  }

  async page(beginning: string, { after = "", limit }: LedgerPageOptions): Promise<readonly LedgerEntry[]> {
    return this.#sorted()
      .filter(({ key }) => key.startsWith(beginning) && key > after)
      .slice(0, limit)
      .map((blob) => ({ ...recordOf(blob), bytes: this.#imagesOf(blob).next().value?.bytes ?? null }));
  }

  async replace(key: string, replacement: string): Promise<boolean> {
    const blob = this.#find(key);
    if (!blob) return false;
    this.#tables.blobs.set(contentId(blob), { ...blob, key: replacement, damagedAt: null });
    return true;
  }

  async count(): Promise<number> {
    return this.#tables.blobs.size;
  }

  async setDamaged(key: string, isDamaged: boolean): Promise<boolean> {
    const blob = this.#find(key);
    if (!blob || (blob.damagedAt !== null) === isDamaged) return false;
    blob.damagedAt = isDamaged ? this.#now() : null;
    return true;
  }

  async damaged(limit: number): Promise<readonly BlobRecord[]> {
    return this.#sorted()
      .map(recordOf)
      .filter(({ isDamaged }) => isDamaged)
      .slice(0, limit);
  }

  async images(key: string, limit: number): Promise<readonly BlobImage[]> {
    const blob = this.#find(key);
    const images = blob ? [...this.#imagesOf(blob)] : [];
    return images
      .sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1))
      .slice(0, limit)
      .map(({ id, name }) => ({ id, name }));
  }

  async referenced(sources: readonly string[]): Promise<ReadonlySet<string>> {
    const used = new Set(this.#tables.images.values().map(sourceOf));
    return new Set(sources.filter((source) => used.has(source)));
  }

  async lease(name: string, holder: string, duration: number): Promise<boolean> {
    const now = this.#now();
    const lease = this.#tables.leases.get(name);
    if (lease && lease.holder !== holder && lease.expiresAt > now) return false;
    this.#tables.leases.set(name, { holder, expiresAt: now + duration });
    return true;
  }

  #find(key: string): MemoryBlobRow | undefined {
    return this.#tables.blobs.values().find((blob) => blob.key === key);
  }

  #imagesOf({ digest, owner }: MemoryBlobRow): IteratorObject<Image, undefined> {
    return this.#tables.images.values().filter((image) => image.sha256 === digest && image.owner === owner);
  }

  #sorted(): readonly MemoryBlobRow[] {
    return [...this.#tables.blobs.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
  }
}

function recordOf({ key, damagedAt }: MemoryBlobRow): BlobRecord {
  return { key, isDamaged: damagedAt !== null };
}
