import type { ObjectStore } from "../object/object_store.ts";
import { StoredObject } from "../object/stored_object.ts";
import {
  assertBlobKey,
  type BlobEntry,
  type BlobQuarantine,
  type BlobStore,
  entryKey,
  type OpenBlobOptions,
  type RemoteContent,
} from "./blob_store.ts";

/** Options for {@linkcode ObjectBlobStore}. */
export interface ObjectBlobStoreOptions {
  /** The prefix of all keys in the bucket, such as `images/`. @default {""} */
  readonly prefix?: string;
  /** Runs before each put. It rejects if the bucket must not be written to. */
  readonly beforePut?: () => Promise<void>;
}

/** Blobs as objects, such as of an S3 bucket, under `blobs/{first two digits}/{key}`. */
export class ObjectBlobStore implements BlobStore {
  readonly quarantine: BlobQuarantine;
  readonly #beforePut: ObjectBlobStoreOptions["beforePut"];
  readonly #objects: ObjectStore;
  readonly #folder: string;

  constructor(objects: ObjectStore, { prefix = "", beforePut }: ObjectBlobStoreOptions = {}) {
    this.#objects = objects;
    this.#beforePut = beforePut;
    this.#folder = `${prefix}blobs/`;
    this.quarantine = new ObjectQuarantine(objects, this.#folder);
  }

  async put(key: string, path: string): Promise<void> {
    await this.#beforePut?.();
    await this.#objects.put(this.#objectKey(key), path, { use: "write", isNew: true });
  }

  async open(key: string, { bytes }: OpenBlobOptions = {}): Promise<RemoteContent | null> {
    const objectKey = this.#objectKey(key);
    const size = bytes ?? (await this.#objects.size(objectKey));
    return size === null ? null : new StoredObject(this.#objects, objectKey, { blob: key, total: size });
  }

  async remove(key: string): Promise<void> {
    await this.#objects.remove(this.#objectKey(key), "write");
  }

  list(beginning: string): AsyncIterable<BlobEntry> {
    return listObjects(this.#objects, this.#folder, beginning);
  }

  /** Aborts multipart uploads below our prefix that others began before a time and did not finish. Returns how many. */
  async sweepUploads(startedBefore: number): Promise<number> {
    return await this.#objects.sweepUploads(this.#folder, startedBefore);
  }

  /** Returns a presigned URL that reads a blob with the given response headers and is valid for this number of seconds. */
  async readUrl(
    key: string,
    seconds: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<string | null> {
    return await this.#objects.readUrl(this.#objectKey(key), seconds, headers);
  }

  #objectKey(key: string): string {
    return objectKey(this.#folder, key);
  }
}

/** Blobs that were set aside, as objects under `blobs/quarantine/`. The store copies them itself. */
class ObjectQuarantine implements BlobQuarantine {
  readonly #objects: ObjectStore;
  readonly #store: string;
  readonly #folder: string;

  /** @param store The key prefix of the store's objects */
  constructor(objects: ObjectStore, store: string) {
    this.#objects = objects;
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
    const size = await this.#objects.size(object);
    return size === null ? null : new StoredObject(this.#objects, object, { blob: key, total: size });
  }

  async remove(key: string): Promise<void> {
    await this.#objects.remove(objectKey(this.#folder, key), "background");
  }

  list(beginning: string): AsyncIterable<BlobEntry> {
    return listObjects(this.#objects, this.#folder, beginning);
  }

  async #move(from: string, to: string): Promise<boolean> {
    if (!(await this.#objects.copy(from, to))) return false;
    await this.#objects.remove(from, "background");
    return true;
  }
}

/** Returns the key of the object that holds a blob, below a folder. */
function objectKey(folder: string, key: string): string {
  assertBlobKey(key);
  return `${folder}${key.slice(0, 2)}/${key}`;
}

/** Lists the objects of a folder whose blob keys begin with two or more hexadecimal digits. */
async function* listObjects(
  objects: ObjectStore,
  folder: string,
  beginning: string,
): AsyncGenerator<BlobEntry> {
  const shard = beginning.slice(0, 2);
  const place = `${folder}${shard}/`;
  const prefix = beginning.length > 2 ? place + beginning : place;
  for await (const { key, bytes, modifiedAt } of objects.list(prefix))
    yield { key: entryKey(shard, key.slice(place.length)), bytes, publishedAt: modifiedAt };
}
