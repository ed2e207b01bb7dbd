import { LRUCache } from "lru-cache";
import type { DeletedImages } from "./deleted_images.ts";
import type { Image, ImageAttributes, StoredImage } from "./image.ts";
import type { AddedImage, BlobOffer, ImageCatalog, ListQuery, RemovedImage } from "./image_catalog.ts";

/** Options for {@linkcode RecentImageCatalog}. */
export interface RecentImageCatalogOptions {
  /** Milliseconds for which what another process has changed may go unnoticed. @default {1_000} */
  readonly lifetime?: number;
  /** Images that are remembered. @default {4_000} */
  readonly capacity?: number;
  readonly now?: () => number;
}

/** Stands for the ids of all images. */
const ALL = "";

/** Another catalog, asked for the same image at most once a second. What this process changes it knows at once. */
export class RecentImageCatalog implements ImageCatalog {
  readonly #catalog: ImageCatalog;
  readonly #recent: LRUCache<string, StoredImage>;
  readonly #now: () => number;
  /** Grows with every change, so that what was read before one is not remembered after it. */
  #changes = 0;
  /** How many changes are under way, by the ids of the images that they are about. */
  readonly #underWay = new Map<string, number>();

  constructor(catalog: ImageCatalog, options: RecentImageCatalogOptions = {}) {
    const { lifetime = 1_000, capacity = 4_000, now = Date.now } = options;
    this.#catalog = catalog;
    this.#recent = new LRUCache({ max: capacity, ttl: lifetime });
    this.#now = now;
  }

  /** Gives an image that was asked for within the last second, without waiting, or `null`. */
  recall(id: string): StoredImage | null {
    const recent = this.#recent.get(id);
    return recent && (recent.expiresAt === null || recent.expiresAt > this.#now()) ? recent : null;
  }

  async find(id: string): Promise<StoredImage | null> {
    const recent = this.recall(id);
    if (recent) return recent;
    const changes = this.#changes;
    const image = await this.#catalog.find(id);
    if (image && changes === this.#changes && !this.#isChanging(id)) this.#recent.set(id, image);
    return image;
  }

  /** Many at a time are asked for once: they must not drive out what is asked for again and again. */
  findMany(ids: readonly string[]): Promise<readonly StoredImage[]> {
    return this.#catalog.findMany(ids);
  }

  async updateMany(
    ids: readonly string[],
    change: (image: Image) => ImageAttributes | null,
  ): Promise<readonly Image[]> {
    return await this.#changing(() => this.#catalog.updateMany(ids, change), ids);
  }

  async removeMany(ids: readonly string[]): Promise<readonly RemovedImage[]> {
    return await this.#changing(() => this.#catalog.removeMany(ids), ids);
  }

  async update(id: string, change: (image: Image) => ImageAttributes): Promise<Image | null> {
    return await this.#changing(() => this.#catalog.update(id, change), [id]);
  }

  async remove(id: string): Promise<string | null> {
    return await this.#changing(() => this.#catalog.remove(id), [id]);
  }

  async purge(ids: readonly string[]): Promise<readonly Image[]> {
    return await this.#changing(() => this.#catalog.purge(ids), ids);
  }

  async purgeAll(): Promise<number> {
    return await this.#changing(() => this.#catalog.purgeAll());
  }

  async add(image: Image, offer: BlobOffer | null): Promise<AddedImage | null> {
    const added = await this.#catalog.add(image, offer);
    if (offer?.replaces) this.forgetBlob(offer.replaces);
    return added;
  }

  /** Forgets the images that have a blob, as its record has changed. */
  forgetBlob(key: string): void {
    this.#forget([...this.#recent.keys()].filter((id) => this.#recent.peek(id)?.blobKey === key));
  }

  list(query: ListQuery): Promise<readonly Image[]> {
    return this.#catalog.list(query);
  }

  referenced(beginnings: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#catalog.referenced(beginnings);
  }

  /** Returns deleted images that this catalog goes by: it forgets at once what is erased. */
  watch(deleted: DeletedImages): DeletedImages {
    return {
      list: (query) => deleted.list(query),
      restore: (ids, deletedAfter) => deleted.restore(ids, deletedAfter),
      erase: (ids) => this.#changing(() => deleted.erase(ids), ids),
      eraseExpired: (limit) => deleted.eraseExpired(limit),
      release: (deletedBefore, limit) => deleted.release(deletedBefore, limit),
    };
  }

  /**
   * Changes images, or all of them, and forgets how they were. Nothing of them is remembered meanwhile: a change takes effect some time
   * before it is known to survive, and whoever asks then shall not go by what was.
   */
  async #changing<T>(change: () => Promise<T>, ids: readonly string[] = [ALL]): Promise<T> {
    for (const id of ids) this.#underWay.set(id, (this.#underWay.get(id) ?? 0) + 1);
    this.#forget(ids);
    try {
      return await change();
    } finally {
      this.#forget(ids);
      for (const id of ids) {
        const others = (this.#underWay.get(id) ?? 1) - 1;
        if (others === 0) this.#underWay.delete(id);
        else this.#underWay.set(id, others);
      }
    }
  }

  #isChanging(id: string): boolean {
    return this.#underWay.has(id) || this.#underWay.has(ALL);
  }

  #forget(ids: readonly string[]): void {
    this.#changes++;
    if (ids.includes(ALL)) this.#recent.clear();
    else for (const id of ids) this.#recent.delete(id);
  }
}
