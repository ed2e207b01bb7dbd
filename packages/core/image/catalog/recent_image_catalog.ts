import { isProgImageError } from "../../error.ts";
import { CatalogPresence } from "./catalog_presence.ts";
import type { ChangeStamps } from "./change_stamps.ts";
import { ChangesUnderWay } from "./changes_under_way.ts";
import type { DeletedImages } from "../deleted/deleted_images.ts";
import type { Image, ImageAttributes, StoredImage } from "../image.ts";
import type {
  AddedImage,
  AddOptions,
  BlobOffer,
  CountQuery,
  ImageCatalog,
  ImageCount,
  ImageSlice,
  ListQuery,
  RemovedImage,
  RemoveOptions,
} from "./image_catalog.ts";
import { KnownImages } from "./known_images.ts";

/** Options for {@linkcode RecentImageCatalog}. */
export interface RecentImageCatalogOptions {
  /** Milliseconds for which images are delivered after they were read, unless a change becomes known. @default {1_000} */
  readonly lifetime?: number;
  /** The changes by all processes of this machine. @default {only those of this process} */
  readonly changes?: ChangeStamps;
  /** Tells other machines about changes by this process. */
  readonly announce?: (ids: readonly string[] | "all") => void;
  /** The maximum number of cached images. @default {10_000} */
  readonly capacity?: number;
  /**
   * Milliseconds for which images are delivered from the cache while the catalog is down. Requires
   * {@linkcode RecentImageCatalog.start}. @default {0}
   */
  readonly outage?: number;
  /** Returns the time in milliseconds since 1970, for the expiry of images. */
  readonly now?: () => number;
  /** Returns milliseconds of a monotonic clock. */
  readonly elapsed?: () => number;
}

/** An id that no image has. */
const NONE = "00000000-0000-7000-8000-000000000000";

/** Milliseconds between two refreshes. */
const TICK_MILLISECONDS = 1_000;

/** Milliseconds after which a cached image without requests is read again. */
const REFRESH_MILLISECONDS = 10_000;

/** Images that are read again in one query. */
const BATCH = 100;

/** The cached images of all owners. */
interface Cache extends Required<Pick<RecentImageCatalogOptions, "announce" | "elapsed" | "now" | "outage">> {
  readonly known: KnownImages;
  readonly presence: CatalogPresence;
  readonly changes: ChangesUnderWay;
}

/** The owner of a catalog, and the cache that the catalogs of all owners share. */
interface Scope {
  readonly owner: string;
  readonly cache: Cache;
}

/**
 * A cache in front of another catalog for delivery, which needs an image at most once a second. Changes by the processes that share
 * its {@linkcode ChangeStamps} are visible at once. All else reads the other catalog itself. The catalogs of all owners share one cache.
 */
export class RecentImageCatalog implements ImageCatalog, Disposable {
  readonly #catalog: ImageCatalog;
  readonly #owner: string;
  readonly #cache: Cache;
  readonly #known: KnownImages;
  readonly #presence: CatalogPresence;
  readonly #changes: ChangesUnderWay;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(catalog: ImageCatalog, options: RecentImageCatalogOptions = {}, scope?: Scope) {
    const { owner, cache } = scope ?? { owner: "", cache: openCache(options) };
    this.#catalog = catalog;
    this.#owner = owner;
    this.#cache = cache;
    this.#known = cache.known;
    this.#presence = cache.presence;
    this.#changes = cache.changes;
  }

  of(owner: string): RecentImageCatalog {
    return new RecentImageCatalog(this.#catalog.of(owner), {}, { owner, cache: this.#cache });
  }

  /** Returns an image that was read within the last second, synchronously, or `null`. */
  recall(id: string): StoredImage | null {
    const recent = this.#known.recallFresh(id);
    return recent && this.#isFound(recent) ? recent : null;
  }

  async findByKey(idempotencyKey: string): Promise<Image | null> {
    return await this.#catalog.findByKey(idempotencyKey);
  }

  /** Reads an image: what depends on it, such as a condition or the source of a job, needs its current state. */
  async find(id: string): Promise<StoredImage | null> {
    return await this.#read(id);
  }

  /**
   * Returns an image for delivery: as it was within the last second, or longer ago while the catalog is down.
   *
   * @throws {ProgImageError} `unavailable` while the catalog is down, for an image that is not cached
   */
  async findToDeliver(id: string): Promise<StoredImage | null> {
    const recent = this.recall(id);
    if (recent) return recent;
    if (this.#cache.outage === 0) return await this.#read(id);
    const { failure } = this.#presence;
    if (failure) return this.#recallKnown(id, failure);
    const reading = this.#read(id);
    const answer = this.#recallOwn(id) ? this.#presence.unlessSilent(reading) : reading;
    return await answer.catch((error: unknown) => {
      if (isProgImageError(error) && error.code === "unavailable") return this.#recallKnown(id, error);
      throw error;
    });
  }

  /** Refreshes the cache every second, which also detects when the catalog is back. */
  start(): void {
    let isRefreshing = false;
    const tick = async () => {
      if (isRefreshing) return;
      isRefreshing = true;
      await this.refresh().catch(() => {}); // the catalog is down: the next tick retries
      isRefreshing = false;
    };
    this.#timer ??= setInterval(() => void tick(), TICK_MILLISECONDS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /**
   * Reads cached images again that had no recent requests, so that the cache is up to date when an outage begins. While the catalog is
   * down, it checks whether it is back.
   */
  async refresh(): Promise<void> {
    const due = this.#known.readBefore(this.#cache.elapsed() - REFRESH_MILLISECONDS);
    if (due.length === 0 && this.#presence.failure)
      await this.#presence.ask(() => this.#catalog.findOfAll([NONE]));
    for (let start = 0; start < due.length; start += BATCH) {
      const ids = due.slice(start, start + BATCH);
      const reading = this.#known.beginReading(ids);
      // A constant number of ids, as each number is a different statement for a database.
      const asked = ids.concat(Array.from({ length: BATCH - ids.length }, () => NONE));
      const found = await this.#presence.ask(() => this.#catalog.findOfAll(asked));
      const unchanged = ids.filter((id) => !this.#changes.has(id));
      this.#known.refresh(unchanged, new Map(found.map((image) => [image.id, image])), reading);
    }
  }

  /** Bypasses the cache: bulk reads are rarely repeated and would evict images that are. */
  findMany(ids: readonly string[]): Promise<readonly StoredImage[]> {
    return this.#catalog.findMany(ids);
  }

  findOfAll(ids: readonly string[]): Promise<readonly StoredImage[]> {
    return this.#catalog.findOfAll(ids);
  }

  async updateMany(
    ids: readonly string[],
    change: (image: Image) => ImageAttributes | null,
  ): Promise<readonly Image[]> {
    return await this.#changing(() => this.#catalog.updateMany(ids, change), ids);
  }

  async removeMany(ids: readonly string[]): Promise<readonly RemovedImage[]> {
    const removed = await this.#changing(() => this.#catalog.removeMany(ids), ids);
    this.#markGone(removed.map(({ id }) => id));
    return removed;
  }

  async update(id: string, change: (image: Image) => ImageAttributes): Promise<Image | null> {
    return await this.#changing(() => this.#catalog.update(id, change), [id]);
  }

  async remove(id: string, options?: RemoveOptions): Promise<RemovedImage | null> {
    const removed = await this.#changing(() => this.#catalog.remove(id, options), [id]);
    if (removed) this.#markGone([id]);
    return removed;
  }

  async purge(ids: readonly string[]): Promise<readonly Image[]> {
    return await this.#changing(() => this.#catalog.purge(ids), ids);
  }

  async purgeAll(): Promise<number> {
    return await this.#changing(() => this.#catalog.purgeAll(), "all");
  }

  async add(image: Image, offer: BlobOffer | null, options?: AddOptions): Promise<AddedImage | null> {
    const added = await this.#catalog.add(image, offer, options);
    if (offer?.replaces) this.forgetBlob(offer.replaces);
    return added;
  }

  /** Drops the images that have a blob whose record has changed. */
  forgetBlob(key: string): void {
    this.#changes.mark();
    this.#outdate(this.#known.withBlob(key));
  }

  /** Drops images that another machine has changed. */
  hearChange(ids: readonly string[] | "all"): void {
    this.#known.outdate(ids);
  }

  /** Ends the freshness of all images, as changes by other machines may have been missed. */
  hearGap(): void {
    this.#expire("all");
  }

  list(query: ListQuery): Promise<readonly Image[]> {
    return this.#catalog.list(query);
  }

  scan(query: ListQuery): Promise<ImageSlice> {
    return this.#catalog.scan(query);
  }

  count(query: CountQuery, limit: number): Promise<ImageCount> {
    return this.#catalog.count(query, limit);
  }

  /** Returns deleted images that keep this cache up to date: images that are erased or restored change in it at once. */
  watch(deleted: DeletedImages): DeletedImages {
    return {
      of: (owner) => this.of(owner).watch(deleted.of(owner)),
      find: async (id) => {
        if (this.#presence.failure) throw this.#presence.failure;
        return await this.#presence.unlessSilent(this.#presence.ask(() => deleted.find(id)));
      },
      list: (query) => deleted.list(query),
      restore: (ids, deletedAfter) => this.#changing(() => deleted.restore(ids, deletedAfter), ids),
      erase: async (ids, options) => {
        const erased = await this.#changing(() => deleted.erase(ids, options), ids);
        this.#markGone(erased.images.map(({ id }) => id));
        return erased;
      },
      eraseExpired: (limit) => deleted.eraseExpired(limit),
      release: (deletedBefore, limit) => deleted.release(deletedBefore, limit),
    };
  }

  async #read(id: string): Promise<StoredImage | null> {
    const changes = this.#changes.count;
    const reading = this.#known.beginReading([id]);
    const image = await this.#presence.ask(() => this.#catalog.find(id));
    if (changes !== this.#changes.count || this.#changes.has(id)) return image;
    if (image) this.#known.set(image, reading);
    else if (this.#known.isOf(id, this.#owner)) this.#known.refresh([id], new Map(), reading);
    return image;
  }

  /**
   * Returns a cached image while the catalog is down, private or not: the door decides who gets it, by keys that were read from the same
   * database within the last second. During an outage it therefore admits only those who may read the image without a key.
   */
  #recallKnown(id: string, failure: Error): StoredImage | null {
    const known = this.#recallOwn(id);
    if (known) return this.#isFound(known) ? known : null;
    if (this.#known.isGone(id, this.#owner)) return null;
    throw failure;
  }

  #recallOwn(id: string): StoredImage | null {
    const known = this.#known.recall(id);
    return known?.owner === this.#owner ? known : null;
  }

  /** Returns whether a cached image belongs to the owner and has not expired. */
  #isFound({ owner, expiresAt }: StoredImage): boolean {
    return owner === this.#owner && (expiresAt === null || expiresAt > this.#cache.now());
  }

  #markGone(ids: readonly string[]): void {
    this.#known.markGone(ids, this.#owner);
  }

  /**
   * Changes images, or all of them, and ends the freshness of their cached state. A change is visible before it is known to be durable, so
   * reads during the change are not cached either. After a failed change the catalog is queried.
   */
  async #changing<T>(change: () => Promise<T>, ids: readonly string[] | "all"): Promise<T> {
    this.#changes.begin(ids);
    this.#expire(ids);
    try {
      const result = await change();
      this.#outdate(ids);
      return result;
    } finally {
      this.#expire(ids);
      this.#changes.end(ids);
    }
  }

  #outdate(ids: readonly string[] | "all"): void {
    this.#known.outdate(ids);
    this.#cache.announce(ids);
  }

  #expire(ids: readonly string[] | "all"): void {
    this.#changes.mark();
    this.#known.expire(ids);
  }
}

function openCache(options: RecentImageCatalogOptions): Cache {
  const { lifetime = 1_000, capacity = 10_000, outage = 0, now = Date.now, changes } = options;
  const { announce = () => {}, elapsed = () => performance.now() } = options;
  return {
    known: new KnownImages({ capacity, freshFor: lifetime, knownFor: outage, elapsed, changes }),
    presence: new CatalogPresence(elapsed),
    changes: new ChangesUnderWay(),
    announce,
    outage,
    now,
    elapsed,
  };
}
