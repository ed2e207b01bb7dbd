import { LRUCache } from "lru-cache";
import type { StoredImage } from "../image.ts";
import { ChangeStamps } from "./change_stamps.ts";

/** Options for {@linkcode KnownImages}. */
export interface KnownImagesOptions {
  /** The maximum number of images. The least recently used ones are evicted. */
  readonly capacity: number;
  /** Milliseconds for which an image is fresh after it was read. */
  readonly freshFor: number;
  /** Milliseconds for which an image is kept after it was read. */
  readonly knownFor: number;
  /** Returns milliseconds of a monotonic clock. */
  readonly elapsed: () => number;
  /** The changes of images by all processes. @default {only those of this process} */
  readonly changes?: ChangeStamps;
}

/** The beginning of a read: changes after it make its result stale. */
export interface Reading {
  readonly at: number;
  readonly stampOf: (id: string) => number;
}

/** A cached image. */
interface KnownImage {
  readonly image: StoredImage;
  readAt: number;
  /** The time until which it is fresh. */
  freshUntil: number;
  /** The stamp of its last change before it was read, and where the current one is. */
  stamp: number;
  readonly stampIndex: number;
  /** Whether it was requested since `askedAt` was last set. */
  isAsked: boolean;
  askedAt: number;
}

/** The approximate limit on the memory of all images, in bytes, as metadata can be long. */
const MOST_BYTES = 64_000_000;

/** The approximate memory of an image besides its texts, in bytes. */
const BYTES_OF_IMAGE = 1_000;

/** A cache of images as they were read from a catalog, and of ids that are gone. Its memory is bounded. */
export class KnownImages {
  readonly #images: LRUCache<string, KnownImage>;
  /** The stamps of gone images at that time, by owner and id: a later change may have restored them. */
  readonly #gone: LRUCache<string, number>;
  readonly #freshFor: number;
  readonly #knownFor: number;
  readonly #elapsed: () => number;
  readonly #changes: ChangeStamps;

  constructor({ capacity, freshFor, knownFor, elapsed, changes = new ChangeStamps() }: KnownImagesOptions) {
    this.#images = new LRUCache({
      max: capacity,
      maxSize: MOST_BYTES,
      sizeCalculation: ({ image }) => sizeOf(image),
    });
    this.#gone = new LRUCache({ max: capacity, ttl: knownFor, perf: { now: elapsed } });
    this.#freshFor = freshFor;
    this.#knownFor = knownFor;
    this.#elapsed = elapsed;
    this.#changes = changes;
  }

  /** Begins to read images. */
  beginReading(ids: readonly string[]): Reading {
    const stamps = new Map(ids.map((id) => [id, this.#stampOf(id)]));
    return { at: this.#elapsed(), stampOf: (id) => stamps.get(id) ?? this.#stampOf(id) };
  }

  /** Returns an image if it is cached and fresh, or `null`. */
  recallFresh(id: string): StoredImage | null {
    const known = this.#images.get(id);
    if (!known) return null;
    known.isAsked = true;
    return known.freshUntil > this.#elapsed() && this.#isCurrent(known) ? known.image : null;
  }

  /** Returns an image as it was last read, or `null` if that was too long ago or the image has changed since. */
  recall(id: string): StoredImage | null {
    const known = this.#images.get(id);
    if (!known || !this.#isCurrent(known)) return null;
    return known.readAt + this.#knownFor > this.#elapsed() ? known.image : null;
  }

  /** Returns whether an image of an owner was deleted or erased, and not changed since. */
  isGone(id: string, owner: string): boolean {
    return this.#gone.get(owner + id) === this.#stampOf(id);
  }

  /** Returns whether an image is cached that belongs to an owner. */
  isOf(id: string, owner: string): boolean {
    return this.#images.peek(id)?.image.owner === owner;
  }

  /** Caches an image that was read. */
  set(image: StoredImage, { at, stampOf }: Reading): void {
    this.#gone.delete(image.owner + image.id);
    const freshUntil = at + this.#freshFor;
    const change = { stamp: stampOf(image.id), stampIndex: this.#changes.indexOf(image.id) };
    const asked = { isAsked: true, askedAt: at };
    this.#images.set(image.id, { image, readAt: at, freshUntil, ...change, ...asked });
  }

  /**
   * Updates images that were read again without a request; those that were not found are gone. Images that were read or changed meanwhile
   * stay
   * as they are. Images without a request for the length of an outage are dropped.
   */
  refresh(ids: readonly string[], found: ReadonlyMap<string, StoredImage>, reading: Reading): void {
    const readAt = reading.at;
    for (const id of ids) {
      const known = this.#images.peek(id);
      const stamp = reading.stampOf(id);
      if (!known || known.readAt >= readAt || stamp !== this.#stampOf(id)) continue;
      if (known.isAsked) Object.assign(known, { isAsked: false, askedAt: readAt });
      const image = found.get(id);
      if (readAt - known.askedAt > this.#knownFor) this.#images.delete(id);
      else if (!image) this.markGone([id], known.image.owner);
      else if (isSame(image, known.image)) Object.assign(known, { readAt, stamp });
      else this.set(image, reading);
    }
  }

  /** Ends the freshness of images, or of all of them. */
  expire(ids: readonly string[] | "all"): void {
    for (const known of this.#each(ids)) known.freshUntil = -Infinity;
  }

  /** Records that images, or all of them, have changed: their cached state is stale, in all processes. */
  outdate(ids: readonly string[] | "all"): void {
    this.#changes.mark(ids);
  }

  /** Drops images of an owner and records that they are gone. */
  markGone(ids: readonly string[], owner: string): void {
    for (const id of ids) {
      this.#images.delete(id);
      this.#gone.set(owner + id, this.#stampOf(id));
    }
  }

  /** Returns the ids of images that have a blob. */
  withBlob(key: string): readonly string[] {
    return this.#idsOf(({ image }) => image.blobKey === key);
  }

  /** Returns the ids of images that were read before a time, or have changed since they were read. */
  readBefore(time: number): readonly string[] {
    return this.#idsOf((known) => known.readAt < time || !this.#isCurrent(known));
  }

  #idsOf(isWanted: (known: KnownImage) => boolean): readonly string[] {
    const ids: string[] = [];
    for (const [id, known] of this.#images.entries()) if (isWanted(known)) ids.push(id);
    return ids;
  }

  #isCurrent({ stamp, stampIndex }: KnownImage): boolean {
    return stamp === this.#changes.at(stampIndex);
  }

  #stampOf(id: string): number {
    return this.#changes.at(this.#changes.indexOf(id));
  }

  *#each(ids: readonly string[] | "all"): Generator<KnownImage> {
    if (ids === "all") return yield* this.#images.values();
    for (const id of ids) {
      const known = this.#images.peek(id);
      if (known) yield known;
    }
  }
}

function isSame(one: StoredImage, other: StoredImage): boolean {
  return (
    one.revision === other.revision &&
    one.generation === other.generation &&
    one.blobKey === other.blobKey &&
    one.isDamaged === other.isDamaged
  );
}

function sizeOf({ metadata, name, tags }: StoredImage): number {
  return BYTES_OF_IMAGE + (name ?? "").length + tags.join().length + JSON.stringify(metadata).length;
}
