/**
 * The purpose of a request. A store limits each by itself, so that none waits for another: short reads, reads at the speed of a
 * client, writes that a caller waits for, and background work.
 */
export type ObjectUse = "background" | "read" | "stream" | "write";

/** Options for {@linkcode ObjectStore.put}. */
export interface PutObjectOptions {
  readonly use: ObjectUse;
  /** No other writer has this key, now or later: an object that is there was put by an earlier try. */
  readonly isNew?: boolean;
  /** Bytes of the file to put, from its beginning. @default all of them */
  readonly bytes?: number;
}

/** Options for {@linkcode ObjectStore.read}. */
export interface ReadObjectOptions {
  readonly use: ObjectUse;
  /** The length of the object in bytes, if the caller knows it. An object of another length is an error then. */
  readonly total?: number;
  /** The first byte of a part, and the one after its last. Needs the total. */
  readonly part?: { readonly start: number; readonly end: number };
  readonly signal?: AbortSignal;
}

/** Options for {@linkcode ObjectStore.list}. */
export interface ListObjectsOptions {
  /** Only keys after this one, in the order of bytes. */
  readonly after?: string | null;
  /** Entries that are asked for at a time. @default as many as the store gives */
  readonly pageSize?: number;
}

/** The bytes of an object, or of a part of it. */
export interface ReadObject {
  readonly bytes: number;
  /** Fails rather than being shorter than it should. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** An object in a listing. */
export interface ObjectEntry {
  readonly key: string;
  readonly bytes: number;
  /** When it was put, by the clock of the store, in milliseconds since 1970. */
  readonly modifiedAt: number;
}

/**
 * Objects by their keys, such as a bucket of S3. Blobs, derivatives, the exchange and the mark of an installation stand on it.
 * `objectStoreContract` says what an adapter has to do.
 *
 * Every method throws a {@linkcode ProgImageError} `unavailable` when the store cannot do its work.
 */
export interface ObjectStore {
  /** Puts the bytes of a file: all of them, or nothing. */
  put(key: string, path: string, options: PutObjectOptions): Promise<void>;
  /** Returns the length of an object in bytes, or `null` if there is none. */
  size(key: string): Promise<number | null>;
  /** Begins to read an object; `null` if there is none. {@linkcode isOtherLength} tells errors about its length. */
  read(key: string, options: ReadObjectOptions): Promise<ReadObject | null>;
  /** Copies an object to another key within the store. Returns whether there was one. */
  copy(key: string, target: string): Promise<boolean>;
  /** Puts a short text. */
  putText(key: string, text: string): Promise<void>;
  /** Returns the text of a short object, or `null` if there is none. */
  readText(key: string): Promise<string | null>;
  /** Removes an object. It is no error if there is none. */
  remove(key: string, use: ObjectUse): Promise<void>;
  /** Lists the objects whose keys begin with a prefix, in the order of the bytes of their keys. */
  list(prefix: string, options?: ListObjectsOptions): AsyncIterable<ObjectEntry>;
  /** Lists the beginnings of keys up to the first delimiter after a prefix, each once. */
  beginnings(prefix: string, delimiter: string): AsyncIterable<string>;
  /** Removes the parts of uploads below a prefix that began before a time and never ended. Returns how many uploads. */
  sweepUploads(prefix: string, startedBefore: number): Promise<number>;
  /** Returns a URL at which any client can read an object for some seconds with these headers; `null` if the store has no URLs. */
  readUrl(key: string, seconds: number, headers: Readonly<Record<string, string>>): Promise<string | null>;
}

/** The cause of an error when an object has another length than the caller knows. */
export interface OtherLength {
  readonly isOtherLength: boolean;
}

/** Whether a read has failed because the object has another length than the caller knows. */
export function isOtherLength(error: unknown): boolean {
  const { cause = error } = error as { readonly cause?: Partial<OtherLength> };
  return (cause as Partial<OtherLength>).isOtherLength === true;
}
