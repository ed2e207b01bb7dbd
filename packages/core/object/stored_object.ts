import type { RemoteContent } from "../blob/blob_store.ts";
import { bytesDamaged, bytesMissing } from "../blob/bytes_error.ts";
import { lazyStream } from "../blob/lazy_stream.ts";

import { isOtherLength, type ObjectStore } from "./object_store.ts";

/** Longer content is sent as fast as its reader takes it, and must not block short reads. */
const SHORT_BYTES = 1_048_576;

interface Part {
  readonly start: number;
  readonly end: number;
}

/** Options for {@linkcode StoredObject}. */
export interface StoredObjectOptions {
  /** The key of the blob in the object. */
  readonly blob: string;
  /** The expected size in bytes. */
  readonly total: number;
  /** @default all of them */
  readonly part?: Part;
}

/** The bytes of an S3 object or of a part of it, requested when they are read. */
export class StoredObject implements RemoteContent {
  readonly #objects: ObjectStore;
  readonly #key: string;
  readonly #blob: string;
  readonly #total: number;
  readonly #part: Part;

  constructor(objects: ObjectStore, key: string, { blob, total, part }: StoredObjectOptions) {
    this.#objects = objects;
    this.#key = key;
    this.#blob = blob;
    this.#total = total;
    this.#part = part ?? { start: 0, end: total };
  }

  get size(): number {
    return this.#part.end - this.#part.start;
  }

  slice(start: number, end: number): StoredObject {
    const within = (offset: number) => Math.min(Math.max(0, offset), this.size);
    const from = this.#part.start + within(start);
    const part = { start: from, end: Math.max(from, this.#part.start + within(end)) };
    return new StoredObject(this.#objects, this.#key, { blob: this.#blob, total: this.#total, part });
  }

  async check(): Promise<void> {
    const size = await this.#objects.size(this.#key);
    if (size === null) throw bytesMissing(this.#blob);
    if (size !== this.#total) await this.#checkListed();
  }

  async begin({ signal }: { readonly signal?: AbortSignal } = {}) {
    if (this.size === 0) return new Blob([]).stream();
    const options = {
      use: this.size > SHORT_BYTES ? "stream" : "read",
      total: this.#total,
      part: this.size < this.#total ? this.#part : undefined,
      signal,
    } as const;
    const found = await this.#objects.read(this.#key, options).catch(async (error: unknown) => {
      if (isOtherLength(error)) await this.#checkListed();
      throw error;
    });
    if (!found) throw bytesMissing(this.#blob);
    return found.body;
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return lazyStream(() => this.begin());
  }

  /**
   * Compares the length in a listing, because a proxy may have changed the length of a response.
   *
   * @throws {ProgImageError} `damaged` if it is wrong
   */
  async #checkListed(): Promise<void> {
    for await (const { key, bytes } of this.#objects.list(this.#key, { pageSize: 1 })) {
      if (key === this.#key && bytes !== this.#total)
        throw bytesDamaged(this.#blob, `${bytes} of ${this.#total} bytes`);
      return;
    }
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await new Response(await this.begin()).bytes();
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }
}
