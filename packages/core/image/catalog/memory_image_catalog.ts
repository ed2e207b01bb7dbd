import { tokenUsed } from "../../access/token/used_tokens.ts";
import { contentId, type MemoryTables } from "../../database/memory_tables.ts";
import { assertOwner } from "./assert_owner.ts";
import { changeImages } from "./change_images.ts";
import type { Image, ImageAttributes, StoredImage } from "../image.ts";
import {
  type AddedImage,
  type AddOptions,
  type BlobOffer,
  type CountQuery,
  heals,
  IDEMPOTENCY_LIFETIME,
  type ImageCatalog,
  type ImageCount,
  type ImageSlice,
  type ListPosition,
  type ListQuery,
  type RemovedImage,
  type RemoveOptions,
} from "./image_catalog.ts";
import { UNKNOWN_NAME } from "./image_row.ts";
import { positionOf } from "./list_position.ts";
import { foundText } from "./metadata_terms.ts";

/** The catalog of images in memory. */
export class MemoryImageCatalog implements ImageCatalog {
  readonly #tables: MemoryTables;
  readonly #now: () => number;
  readonly #owner: string;

  constructor(tables: MemoryTables, now: () => number = Date.now, owner = "") {
    this.#tables = tables;
    this.#now = now;
    this.#owner = owner;
  }

  of(owner: string): MemoryImageCatalog {
    return new MemoryImageCatalog(this.#tables, this.#now, owner);
  }

  async add(image: Image, offer: BlobOffer | null, { token }: AddOptions = {}): Promise<AddedImage | null> {
    assertOwner(image, this.#owner);
    const earlier = this.#findEarlier(image.idempotencyKey);
    if (earlier && !heals(offer, image, earlier)) return earlier;
    const known = this.#tables.blobOf(image);
    const isFresh = offer !== null && this.#now() < offer.validUntil;
    if (!known && !isFresh) return null;
    if (!earlier) {
      if (token && this.#tables.usedTokens.has(token.id)) throw tokenUsed();
      this.#tables.countIn(image);
      if (token) this.#tables.usedTokens.set(token.id, token.usedUntil);
    }
    const isReplaced = isFresh && (!known || offer.replaces === known.key);
    const key = isReplaced ? offer.key : (known?.key ?? "");
    const damagedAt = isReplaced ? null : (known?.damagedAt ?? null);
    const content = { digest: image.sha256, owner: image.owner };
    const row = { ...content, key, idleSince: null, condemnedAt: null, damagedAt };
    this.#tables.blobs.set(contentId(content), row);
    if (earlier) return { ...earlier, blobKey: key };
    this.#tables.images.set(image.id, image);
    return { image: this.#inGeneration(image), blobKey: key };
  }

  async find(id: string): Promise<StoredImage | null> {
    return this.#stored(this.#live(id));
  }

  async findByKey(idempotencyKey: string): Promise<Image | null> {
    return this.#findEarlier(idempotencyKey)?.image ?? null;
  }

  async findMany(ids: readonly string[]): Promise<readonly StoredImage[]> {
    const found = await Promise.all([...new Set(ids)].map((id) => this.find(id)));
    return found.filter((image) => image !== null);
  }

  async findOfAll(ids: readonly string[]): Promise<readonly StoredImage[]> {
    const found = [...new Set(ids)].map((id) => this.#stored(this.#liveOfAll(id)));
    return found.filter((image) => image !== null);
  }

  async list(query: ListQuery): Promise<readonly Image[]> {
    return (await this.scan(query)).images;
  }

  async scan(query: ListQuery): Promise<ImageSlice> {
    const sign = query.descending ? -1 : 1;
    const compare = (one: ListPosition, other: ListPosition) => sign * comparePositions(one, other);
    const position = (image: Image) => positionOf(image, query.order);
    const { after, limit } = query;
    const found = this.#matching(query)
      .filter((image) => !after || compare(position(image), after) > 0)
      .sort((one, other) => compare(position(one), position(other)));
    const last = found.length > limit ? found[limit - 1] : undefined;
    return { images: found.slice(0, limit), next: last ? position(last) : null };
  }

  async count(query: CountQuery, limit: number): Promise<ImageCount> {
    const { length } = this.#matching(query);
    return { count: Math.min(length, limit), isExact: length <= limit };
  }

  async update(id: string, change: (image: Image) => ImageAttributes): Promise<Image | null> {
    const [updated = null] = await this.updateMany([id], change);
    return updated;
  }

  async updateMany(
    ids: readonly string[],
    change: (image: Image) => ImageAttributes | null,
  ): Promise<readonly Image[]> {
    const found = ids.map((id) => this.#live(id)).filter((image) => image !== null);
    const { images: kept, hidden } = changeImages(found, change, this.#now());
    const generation = hidden.length > 0 ? this.#takePurgeTime() : 0;
    const updated = [...kept, ...hidden.map((image) => ({ ...image, generation }))];
    for (const image of updated) this.#tables.images.set(image.id, image);
    return updated;
  }

  async remove(id: string, { check }: RemoveOptions = {}): Promise<RemovedImage | null> {
    const image = this.#own(id);
    if (image) check?.(this.#inGeneration(image));
    const [removed] = await this.removeMany([id]);
    return removed ?? null;
  }

  async removeMany(ids: readonly string[]): Promise<readonly RemovedImage[]> {
    const removed: RemovedImage[] = [];
    for (const id of ids) {
      const image = this.#own(id);
      if (!image) continue;
      this.#tables.images.delete(id);
      this.#tables.deletedImages.set(id, { ...image, idempotencyKey: null, deletedAt: this.#now() });
      removed.push({ id, owner: image.owner, sha256: image.sha256 });
    }
    return removed;
  }

  async purge(ids: readonly string[]): Promise<readonly Image[]> {
    const generation = this.#takePurgeTime();
    const found = new Set(ids).values().map((id) => this.#live(id));
    const purged = [...found.filter((image) => image !== null)].map((image) => ({ ...image, generation }));
    for (const image of purged) this.#tables.images.set(image.id, image);
    return purged;
  }

  async purgeAll(): Promise<number> {
    const purgedAt = this.#takePurgeTime();
    this.#tables.purges.set(this.#owner, { purgedAt, latestAt: purgedAt });
    return purgedAt;
  }

  /** Returns a time for a purge that is later than those of all earlier purges. */
  #takePurgeTime(): number {
    const { purgedAt, latestAt } = this.#tables.purges.get(this.#owner) ?? { purgedAt: 0, latestAt: 0 };
    const time = Math.max(this.#now(), latestAt + 1);
    this.#tables.purges.set(this.#owner, { purgedAt, latestAt: time });
    return time;
  }

  #findEarlier(idempotencyKey: string | null): AddedImage | null {
    const since = this.#now() - IDEMPOTENCY_LIFETIME;
    const earlier = this.#tables.images
      .values()
      .filter((image) => image.owner === this.#owner && image.createdAt > since && !this.#hasExpired(image))
      .find((image) => idempotencyKey !== null && image.idempotencyKey === idempotencyKey);
    const blob = earlier && this.#tables.blobOf(earlier);
    return earlier && blob ? { image: this.#inGeneration(earlier), blobKey: blob.key } : null;
  }

  #own(id: string): Image | null {
    const image = this.#tables.images.get(id);
    return image?.owner === this.#owner ? image : null;
  }

  #stored(image: Image | null): StoredImage | null {
    const blob = image && this.#tables.blobOf(image);
    return blob ? { ...image, blobKey: blob.key, isDamaged: blob.damagedAt !== null } : null;
  }

  #live(id: string): Image | null {
    return this.#own(id) && this.#liveOfAll(id);
  }

  #liveOfAll(id: string): Image | null {
    const image = this.#tables.images.get(id);
    return image && !this.#hasExpired(image) ? this.#inGeneration(image) : null;
  }

  #inGeneration(image: Image): Image {
    const { purgedAt = 0 } = this.#tables.purges.get(image.owner) ?? {};
    return { ...image, generation: Math.max(image.generation, purgedAt) };
  }

  #matching(query: CountQuery): Image[] {
    return [...this.#tables.images.keys()]
      .map((id) => this.#live(id))
      .filter((image) => image !== null)
      .filter((image) => matches(image, query));
  }

  #hasExpired(image: Image): boolean {
    return image.expiresAt !== null && image.expiresAt <= this.#now();
  }
}

function matches(image: Image, query: CountQuery): boolean {
  return (
    (query.format === undefined || image.format === query.format) &&
    Object.entries(query.metadata ?? {}).every(([key, text]) => foundText(image.metadata[key]) === text) &&
    [query.tag ?? []].flat().every((tag) => image.tags.includes(tag)) &&
    (query.sha256 === undefined || image.sha256 === query.sha256) &&
    (query.namePrefix === undefined || (image.name ?? UNKNOWN_NAME).startsWith(query.namePrefix)) &&
    (query.createdFrom === undefined || image.createdAt >= query.createdFrom) &&
    (query.updatedFrom === undefined || image.updatedAt >= query.updatedFrom) &&
    (query.createdBefore === undefined || image.createdAt < query.createdBefore)
  );
}

/** Compares texts by their UTF-8 bytes, as the databases do. */
function comparePositions(one: ListPosition, other: ListPosition): number {
  const values =
    typeof one.value === "number" && typeof other.value === "number"
      ? one.value - other.value
      : Buffer.compare(Buffer.from(String(one.value)), Buffer.from(String(other.value)));
  return values || Buffer.compare(Buffer.from(one.id), Buffer.from(other.id));
}
