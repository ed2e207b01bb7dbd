import type { MemoryTables } from "../../database/memory_tables.ts";
import type { DeletedImages, DeletedListQuery, ErasedImages } from "./deleted_images.ts";
import type { DeletedImage, Image } from "../image.ts";
import type { RemovedImage, RemoveOptions } from "../catalog/image_catalog.ts";

/** Deleted images in memory. */
export class MemoryDeletedImages implements DeletedImages {
  readonly #tables: MemoryTables;
  readonly #now: () => number;
  readonly #owner: string;

  constructor(tables: MemoryTables, now: () => number = Date.now, owner = "") {
    this.#tables = tables;
    this.#now = now;
    this.#owner = owner;
  }

  of(owner: string): MemoryDeletedImages {
    return new MemoryDeletedImages(this.#tables, this.#now, owner);
  }

  async find(id: string): Promise<DeletedImage | null> {
    const image = this.#own(this.#tables.deletedImages, id);
    return image && !this.#hasExpired(image) ? image : null;
  }

  async list({ limit, after }: DeletedListQuery): Promise<readonly DeletedImage[]> {
    return [...this.#tables.deletedImages.values()]
      .filter((image) => image.owner === this.#owner && !this.#hasExpired(image))
      .sort((one, other) => other.deletedAt - one.deletedAt || (one.id < other.id ? 1 : -1))
      .filter(({ deletedAt, id }) => {
        if (!after) return true;
        return deletedAt < Number(after.value) || (deletedAt === after.value && id < after.id);
      })
      .slice(0, limit);
  }

  async restore(ids: readonly string[], deletedAfter: number): Promise<readonly Image[]> {
    const restored: Image[] = [];
    for (const id of new Set(ids)) {
      const deleted = this.#own(this.#tables.deletedImages, id);
      if (!deleted || deleted.deletedAt <= deletedAfter || this.#hasExpired(deleted)) continue;
      const { deletedAt: _deletedAt, ...image } = deleted;
      this.#tables.deletedImages.delete(id);
      this.#tables.images.set(id, image);
      restored.push(this.#inGeneration(image));
    }
    return restored;
  }

  async erase(ids: readonly string[], { check }: RemoveOptions = {}): Promise<ErasedImages> {
    const live = ids.map((id) => this.#own(this.#tables.images, id));
    for (const image of live) if (image) check?.(this.#inGeneration(image));
    const isOwn = (id: string) =>
      this.#own(this.#tables.images, id) ?? this.#own(this.#tables.deletedImages, id);
    return this.#erase(ids.filter(isOwn));
  }

  async eraseExpired(limit: number): Promise<ErasedImages> {
    const all = [...this.#tables.images.values(), ...this.#tables.deletedImages.values()];
    const expired = all.filter((image) => this.#hasExpired(image)).slice(0, limit);
    return this.#erase(expired.map(({ id }) => id));
  }

  async release(deletedBefore: number, limit: number): Promise<number> {
    const due = [...this.#tables.deletedImages.values()]
      .filter(({ deletedAt }) => deletedAt < deletedBefore)
      .slice(0, limit);
    for (const image of due) {
      this.#tables.deletedImages.delete(image.id);
      this.#tables.countOut(image);
      const blob = this.#tables.blobOf(image);
      if (blob) blob.idleSince = this.#now();
    }
    return due.length;
  }

  #erase(ids: readonly string[]): ErasedImages {
    const erased: RemovedImage[] = [];
    for (const id of new Set(ids)) {
      const image = this.#tables.images.get(id) ?? this.#tables.deletedImages.get(id);
      if (!image) continue;
      this.#tables.images.delete(id);
      this.#tables.deletedImages.delete(id);
      this.#tables.countOut(image);
      erased.push({ id, owner: image.owner, sha256: image.sha256 });
    }
    const contents = erased.map(({ owner, sha256 }) => ({ owner, digest: sha256 }));
    return { images: erased, removals: this.#tables.strikeOff(contents, this.#now()) };
  }

  #own<Row extends Image>(table: ReadonlyMap<string, Row>, id: string): Row | null {
    const image = table.get(id);
    return image?.owner === this.#owner ? image : null;
  }

  #inGeneration(image: Image): Image {
    const { purgedAt = 0 } = this.#tables.purges.get(image.owner) ?? {};
    return { ...image, generation: Math.max(image.generation, purgedAt) };
  }

  #hasExpired({ expiresAt }: Image): boolean {
    return expiresAt !== null && expiresAt <= this.#now();
  }
}
