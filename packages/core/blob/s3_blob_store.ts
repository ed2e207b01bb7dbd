import type { Bucket } from "../s3/bucket.ts";
import { StoredObject } from "../s3/stored_object.ts";
import {
  assertBlobKey,
  type BlobEntry,
  type BlobQuarantine,
  type BlobStore,
  entryKey,
  type OpenBlobOptions,
  type RemoteContent,
} from "./blob_store.ts";

/** Options for {@linkcode S3BlobStore}. */
export interface S3BlobStoreOptions {
  /** What all keys in the bucket begin with, such as `images/`. @default {""} */
  readonly prefix?: string;
  /** Is waited for before each blob is put: it rejects if the bucket must not be written to. */
  readonly beforePut?: () => Promise<void>;
}

/** Blobs as objects of an S3 bucket, under `blobs/{first two digits}/{key}`. */
export class S3BlobStore implements BlobStore {
  readonly quarantine: BlobQuarantine;
  readonly #beforePut: S3BlobStoreOptions["beforePut"];
  readonly #bucket: Bucket;
  readonly #folder: string;

  constructor(bucket: Bucket, { prefix = "", beforePut }: S3BlobStoreOptions = {}) {
    this.#bucket = bucket;
    this.#beforePut = beforePut;
    this.#folder = `${prefix}blobs/`;
    this.quarantine = new S3Quarantine(bucket, this.#folder);
  }

  async put(key: string, path: string): Promise<void> {
    await this.#beforePut?.();
    await this.#bucket.put(this.#objectKey(key), path, { lane: "write", isNew: true });
  }

  async open(key: string, { bytes }: OpenBlobOptions = {}): Promise<RemoteContent | null> {
    const objectKey = this.#objectKey(key);
    const size = bytes ?? (await this.#bucket.size(objectKey));
    return size === null ? null : new StoredObject(this.#bucket, objectKey, { blob: key, total: size });
  }

  async remove(key: string): Promise<void> {
    await this.#bucket.remove(this.#objectKey(key), "write");
  }

  list(beginning: string): AsyncIterable<BlobEntry> {
    return listObjects(this.#bucket, this.#folder, beginning);
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
    return objectKey(this.#folder, key);
  }
}

/** Blobs that were set aside, as objects of the bucket under `blobs/quarantine/`. S3 copies them itself. */
class S3Quarantine implements BlobQuarantine {
  readonly #bucket: Bucket;
  readonly #store: string;
  readonly #folder: string;

  /** @param store The beginning of the keys of the store's objects */
  constructor(bucket: Bucket, store: string) {
    this.#bucket = bucket;
    this.#store = store;
    this.#folder = `${store}quarantine/`;
  }

  put(key: string): Promise<boolean> {
    return this.#move(objectKey(this.#store, key), objectKey(this.#folder, key));
  }

  restore(key: string): Promise<boolean> {
    return this.#move(objectKey(this.#folder, key), objectKey(this.#store, key));
  }

  async open(key: string): Promise<RemoteContent | null> {
    const object = objectKey(this.#folder, key);
    const size = await this.#bucket.size(object);
    return size === null ? null : new StoredObject(this.#bucket, object, { blob: key, total: size });
  }

  async remove(key: string): Promise<void> {
    await this.#bucket.remove(objectKey(this.#folder, key), "background");
  }

  list(beginning: string): AsyncIterable<BlobEntry> {
    return listObjects(this.#bucket, this.#folder, beginning);
  }

  async #move(from: string, to: string): Promise<boolean> {
    if (!(await this.#bucket.copy(from, to))) return false;
    await this.#bucket.remove(from, "background");
    return true;
  }
}

/** Returns the key of the object that holds a blob, below a folder. */
function objectKey(folder: string, key: string): string {
  assertBlobKey(key);
  return `${folder}${key.slice(0, 2)}/${key}`;
}

/** Lists the objects of a folder whose blob keys begin with two or more hexadecimal digits. */
async function* listObjects(bucket: Bucket, folder: string, beginning: string): AsyncGenerator<BlobEntry> {
  const shard = beginning.slice(0, 2);
  const place = `${folder}${shard}/`;
  const prefix = beginning.length > 2 ? place + beginning : place;
  for await (const { key, bytes, modifiedAt } of bucket.list(prefix))
    yield { key: entryKey(shard, key.slice(place.length)), bytes, publishedAt: modifiedAt };
}
