import { LRUCache } from "lru-cache";
import type { StoredImage } from "../image.ts";

/** Options for {@linkcode KnownImages}. */
export interface KnownImagesOptions {
  /** Images that are remembered, those asked for last. */
  readonly capacity: number;
  /** Milliseconds for which an image counts as it was read. */
  readonly freshFor: number;
  /** Milliseconds for which it is remembered how an image was read. */
  readonly knownFor: number;
  /** Returns milliseconds of a clock that is never set. */
  readonly elapsed: () => number;
}

/** An image as it was read. */
interface KnownImage {
  readonly image: StoredImage;
  readAt: number;
  /** Until then it counts as it was read. */
  freshUntil: number;
  /** What was read before does not hold any more. */
  outdatedAt: number;
  /** Whether it was asked for since it was last seen to be, at the time below. */
  isAsked: boolean;
  askedAt: number;
}

/** Bytes that all images together may take, roughly: metadata can be long. */
const MOST_BYTES = 64_000_000;

/** Bytes that an image takes besides its texts, roughly. */
const BYTES_OF_IMAGE = 1_000;

/** Remembers images as they were read from a catalog, and which of them are gone. Its memory is bounded. */
export class KnownImages {
  readonly #images: LRUCache<string, KnownImage>;
  readonly #gone: LRUCache<string, true>;
  readonly #freshFor: number;
  readonly #knownFor: number;
  readonly #elapsed: () => number;

  constructor({ capacity, freshFor, knownFor, elapsed }: KnownImagesOptions) {
    this.#images = new LRUCache({
      max: capacity,
      maxSize: MOST_BYTES,
      sizeCalculation: ({ image }) => sizeOf(image),
    });
    this.#gone = new LRUCache({ max: capacity, ttl: knownFor, perf: { now: elapsed } });
    this.#freshFor = freshFor;
    this.#knownFor = knownFor;
    this.#elapsed = elapsed;
  }

  /** Returns an image that was read a moment ago, or `null`. */
  recallFresh(id: string): StoredImage | null {
    const known = this.#images.get(id);
    if (!known) return null;
    known.isAsked = true;
    return known.freshUntil > this.#elapsed() ? known.image : null;
  }

  /** Returns an image as it was read last, or `null` if that was too long ago or does not hold any more. */
  recall(id: string): StoredImage | null {
    const known = this.#images.get(id);
    if (!known || known.readAt <= known.outdatedAt) return null;
    return known.readAt + this.#knownFor > this.#elapsed() ? known.image : null;
  }

  /** Whether an image was there and is gone now. */
  isGone(id: string): boolean {
    return this.#gone.has(id);
  }

  /** Remembers an image that was read. */
  set(image: StoredImage, readAt: number): void {
    this.#gone.delete(image.id);
    const freshUntil = readAt + this.#freshFor;
    const asked = { isAsked: true, askedAt: readAt };
    this.#images.set(image.id, { image, readAt, freshUntil, outdatedAt: -Infinity, ...asked });
  }

  /**
   * Takes over images that were read again without being asked for: those that were not found are gone. An image that was read or
   * changed in the meantime stays as it is. One that nobody has asked for in the time of an outage is forgotten.
   */
  refresh(ids: readonly string[], found: ReadonlyMap<string, StoredImage>, readAt: number): void {
    for (const id of ids) {
      const known = this.#images.peek(id);
      if (!known || Math.max(known.readAt, known.outdatedAt) >= readAt) continue;
      if (known.isAsked) Object.assign(known, { isAsked: false, askedAt: readAt });
      const image = found.get(id);
      if (readAt - known.askedAt > this.#knownFor) this.#images.delete(id);
      else if (!image) this.markGone([id]);
      else if (isSame(image, known.image)) known.readAt = readAt;
      else this.set(image, readAt);
    }
  }

  /** Has images, or all of them, be read again before they count. */
  expire(ids: readonly string[] | "all"): void {
    for (const known of this.#each(ids)) known.freshUntil = -Infinity;
  }

  /** Records that images, or all of them, have changed: what was read of them does not hold any more. */
  outdate(ids: readonly string[] | "all"): void {
    const outdatedAt = this.#elapsed();
    for (const known of this.#each(ids)) Object.assign(known, { freshUntil: -Infinity, outdatedAt });
  }

  /** Forgets images and remembers that they are gone. */
  markGone(ids: readonly string[]): void {
    for (const id of ids) {
      this.#images.delete(id);
      this.#gone.set(id, true);
    }
  }

  /** Returns the ids of images that have a blob. */
  withBlob(key: string): readonly string[] {
    return this.#idsOf(({ image }) => image.blobKey === key);
  }

  /** Returns the ids of images that were read before a time, or have changed since. */
  readBefore(time: number): readonly string[] {
    return this.#idsOf(({ outdatedAt, readAt }) => readAt < time || readAt <= outdatedAt);
  }

  #idsOf(isWanted: (known: KnownImage) => boolean): readonly string[] {
    const ids: string[] = [];
    for (const [id, known] of this.#images.entries()) if (isWanted(known)) ids.push(id);
    return ids;
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
