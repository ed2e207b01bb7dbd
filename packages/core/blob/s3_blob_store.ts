import type { Bucket } from "../s3/bucket.ts";
import { StoredObject } from "../s3/stored_object.ts";
import {
  assertBlobKey,
  type BlobEntry,
  type BlobStore,
  type OpenBlobOptions,
  type RemoteContent,
} from "./blob_store.ts";

/** Options for {@linkcode S3BlobStore}. */
export interface S3BlobStoreOptions {
  /** What all keys in the bucket begin with, such as `images/`. @default {""} */
  readonly prefix?: string;
}

/** Blobs as objects of an S3 bucket, under `blobs/{first two digits}/{key}`. */
export class S3BlobStore implements BlobStore {
  readonly #bucket: Bucket;
  readonly #folder: string;

  constructor(bucket: Bucket, { prefix = "" }: S3BlobStoreOptions = {}) {
    this.#bucket = bucket;
    this.#folder = `${prefix}blobs/`;
  }

  async put(key: string, path: string): Promise<void> {
    await this.#bucket.put(this.#objectKey(key), path, { lane: "write", isNew: true });
  }

  async open(key: string, { bytes }: OpenBlobOptions = {}): Promise<RemoteContent | null> {
    const objectKey = this.#objectKey(key);
    const size = bytes ?? (await this.#bucket.size(objectKey));
    return size === null ? null : new StoredObject(this.#bucket, objectKey, size);
  }

  async remove(key: string): Promise<void> {
    await this.#bucket.remove(this.#objectKey(key), "write");
  }

  async *list(shard: string): AsyncIterable<BlobEntry> {
    const folder = `${this.#folder}${shard}/`;
    for await (const { key, bytes, modifiedAt } of this.#bucket.list(folder))
      yield { key: key.slice(folder.length), bytes, publishedAt: modifiedAt };
  }

  /** Gives up uploads in parts that others have begun below our prefix before a time, and never finished. Gives how many. */
  async sweepUploads(startedBefore: number): Promise<number> {
    const uploads = await this.#bucket.uploads(this.#folder);
    const abandoned = uploads.filter(({ startedAt }) => startedAt < startedBefore);
    for (const upload of abandoned) await this.#bucket.abortUpload(upload);
    return abandoned.length;
  }

  /** Gives a URL at which anybody can read a blob for some seconds, with headers of our choice. */
  async readUrl(key: string, seconds: number, headers: Readonly<Record<string, string>>): Promise<string> {
    return await this.#bucket.readUrl(this.#objectKey(key), seconds, headers);
  }

  #objectKey(key: string): string {
    assertBlobKey(key);
    return `${this.#folder}${key.slice(0, 2)}/${key}`;
  }
}
