import { join } from "node:path";
import {
  type BlobStore,
  ByteBudget,
  type Clock,
  type DerivativeCache,
  ProgImageError,
  type ReportDamage,
  Spool,
  type StoreMark,
} from "@progimage/core";
import {
  type Bucket,
  type BucketFailure,
  FsBlobStore,
  FsDerivativeCache,
  FsStoreMark,
  HOT_BYTES,
  HotDerivativeCache,
  LocalBlobCache,
  ObjectBlobStore,
  type ObjectBlobStoreOptions,
  ObjectDerivativeCache,
  ObjectStoreMark,
} from "@progimage/core/adapters";
import type { Config } from "../settings/config.ts";
import { bucketNotice } from "./bucket_notice.ts";
import { openBucket, openWatchedBucket, type WatchedBucket } from "./compose_bucket.ts";
import { checkWritable, explainStorage, type StoragePlace } from "../program/explain_storage.ts";
import type { Logger } from "../program/log.ts";
import type { Notice } from "./notices.ts";

/** The stores of bytes that the configuration selects. */
export interface StorageComposition {
  readonly blobs: BlobStore;
  readonly derivatives: DerivativeCache;
  readonly mark: StoreMark;
  /** Temporary files of uploads. On the volume of the blobs, if these are files: publishing must not cross volumes. */
  readonly spool: Spool;
  readonly scratch: Spool;
  /** Returns a URL from which callers get a blob elsewhere; `null` if the server sends blobs itself. */
  readonly redirect: RedirectToBlob | null;
  /** Removes files that dead processes have left behind. Returns their number. */
  readonly sweepLeftovers: (untouchedSince: number) => Promise<number>;
  /** Rejects when the storage cannot be used. */
  readonly check: () => Promise<void>;
  /** Returns the current notices about the storage for the operator. */
  readonly findNotices: () => readonly Notice[];
}

/** Returns a public URL of a blob that is valid for some seconds, with the given response headers. */
export type RedirectToBlob = (
  key: string,
  seconds: number,
  headers: Readonly<Record<string, string>>,
) => Promise<string | null>;

/** A multipart upload that has been open for this long is abandoned: we begin none, but other tools on the same bucket may. */
const UPLOAD_LIFETIME_MILLISECONDS = 86_400_000;

/** Seconds after which a retry makes sense. */
const RETRY_SECONDS = 5;

/** The interval between searches for abandoned uploads. */
const UPLOAD_SWEEP_MILLISECONDS = 3_600_000;

/** Options for {@linkcode composeStorage}. */
export interface ComposeStorageOptions extends Pick<ObjectBlobStoreOptions, "beforePut"> {
  /** The clock for leases and expiry. */
  readonly clock: Pick<Clock, "now">;
  /** Called for blobs whose bytes are damaged or missing. */
  readonly onDamage: ReportDamage;
  /** Logs faults of the bucket. */
  readonly log: Pick<Logger, "warn">;
}

/**
 * Opens the stores of a configuration, and creates their folders.
 *
 * @throws {ConfigError} for a folder that cannot be used
 */
export async function composeStorage(
  config: Config,
  options: ComposeStorageOptions,
): Promise<StorageComposition> {
  const watched = openWatchedBucket(config, options.log);
  const folders = openFolders(config);
  const { kept, scratch, spool } = folders;
  const { blobs, mark, ...store } = watched
    ? await composeS3(config, watched, options)
    : composeFs(config, options);
  await prepareFolders(config, folders);
  const shared = watched
    ? new ObjectDerivativeCache(kept, watched.bucket, { prefix: config.s3Prefix })
    : kept;
  const { memoryCacheBytes } = config;
  return {
    blobs,
    derivatives:
      memoryCacheBytes > 0 ? new HotDerivativeCache(shared, { capacity: memoryCacheBytes }) : shared,
    mark,
    spool,
    scratch,
    redirect: store.redirect,
    sweepLeftovers: async (before) => {
      const sweeps = [spool, scratch, kept].map((folder) => folder.sweep(before));
      const swept = await Promise.all([...sweeps, store.sweep(before)]);
      return swept.reduce((sum, count) => sum + count, 0);
    },
    check: async () => {
      await Promise.all([spool.sweep(0), scratch.sweep(0), store.check()]);
    },
    findNotices: store.findNotices,
  };
}

/**
 * Checks that the server can write to its folders, before it starts.
 *
 * @throws {ConfigError} that names the setting at fault
 */
export async function checkFolders(config: Config): Promise<void> {
  await prepareFolders(config, openFolders(config));
}

/** Folders on this machine, independent of where images are stored. */
interface LocalFolders {
  readonly kept: FsDerivativeCache;
  readonly scratch: Spool;
  readonly spool: Spool;
}

function openFolders(config: Config): LocalFolders {
  const capacity = new ByteBudget(config.maxIncomingBytes);
  return {
    kept: new FsDerivativeCache(join(config.fsDir, "derivatives"), {
      capacity: config.derivativeCacheBytes,
      processes: config.httpProcesses,
      inMemory: config.memoryCacheBytes > 0 ? HOT_BYTES : 0,
    }),
    scratch: new Spool(config.tmpDir, { capacity }),
    spool: new Spool(join(config.fsDir, "incoming"), { capacity }),
  };
}

async function prepareFolders(config: Config, { kept, scratch, spool }: LocalFolders): Promise<void> {
  await prepare(placeOf(config), [spool, kept]);
  await prepare({ setting: "PROGIMAGE_TMP_DIR", folder: config.tmpDir }, [scratch]);
}

function placeOf({ fsDir }: Config): StoragePlace {
  return { setting: "PROGIMAGE_FS_DIR", folder: fsDir };
}

async function prepare(place: StoragePlace, parts: readonly Pick<Spool, "prepare">[]): Promise<void> {
  try {
    for (const part of parts) await part.prepare();
    await checkWritable(place);
  } catch (error) {
    throw explainStorage(error, place);
  }
}

/** A store of blobs and the parts that depend on its kind. */
interface ComposedStore extends Pick<
  StorageComposition,
  "blobs" | "check" | "findNotices" | "mark" | "redirect"
> {
  readonly sweep: (untouchedSince: number) => Promise<number>;
}

function composeFs({ fsDir }: Config, { clock }: ComposeStorageOptions): ComposedStore {
  const nothing = { check: async () => {}, findNotices: () => [], sweep: async () => 0 };
  return { ...openFolder(fsDir, clock), redirect: null, ...nothing };
}

async function composeS3(
  config: Config,
  { bucket, watch }: WatchedBucket,
  { beforePut, onDamage }: ComposeStorageOptions,
): Promise<ComposedStore> {
  const { blobs: objects, mark } = openObjects(config, bucket, { beforePut });
  const copies = new LocalBlobCache(objects, {
    folder: join(config.fsDir, "sources"),
    capacity: config.sourceCacheBytes,
    processes: config.httpProcesses,
    onDamage,
  });
  await prepare(placeOf(config), [copies]);
  let sweptAt = 0;
  const sweepUploads = async () => {
    if (Date.now() - sweptAt < UPLOAD_SWEEP_MILLISECONDS) return 0;
    sweptAt = Date.now();
    // Abandoned uploads of other tools, and a missing right to list them, must not stop the sweep of our own files.
    return await objects.sweepUploads(Date.now() - UPLOAD_LIFETIME_MILLISECONDS).catch(() => 0);
  };
  return {
    blobs: copies,
    mark,
    redirect: config.s3Redirect ? (...args) => objects.readUrl(...args) : null,
    check: async () => {
      const failure = await watch.findUnreadable();
      if (failure) throw bucketUnreadable(failure);
    },
    findNotices: () => (watch.fault ? [bucketNotice(watch.fault)] : []),
    sweep: async (before) => (await copies.sweep(before)) + (await sweepUploads()),
  };
}

/** The error for a bucket that cannot be read. Its message tells the operator why. */
function bucketUnreadable(cause: BucketFailure): ProgImageError {
  const { detail } = bucketNotice({ failing: new Map([["read", cause]]), isSlow: false });
  return new ProgImageError("unavailable", detail, { cause, details: { retryAfter: RETRY_SECONDS } });
}

/** A store without caches or checks in front of it, and the mark of its owner. */
export interface BareStorage<Blobs extends BlobStore = BlobStore> {
  readonly blobs: Blobs;
  readonly mark: StoreMark;
}

/** Opens the store of a configuration, without caches or checks in front of it. */
export function openStore(config: Config): BareStorage & { readonly place: string } {
  const bucket = openBucket(config);
  if (!bucket) return { ...openFolder(config.fsDir), place: join(config.fsDir, "blobs") };
  const place = `${config.s3Endpoint}/${config.s3Bucket}/${config.s3Prefix}blobs`;
  return { ...openObjects(config, bucket), place };
}

/** Opens the blob store in the folder of a configuration. */
export function openFolder(fsDir: string, clock: Partial<Pick<Clock, "now">> = {}): BareStorage<FsBlobStore> {
  const folder = join(fsDir, "blobs");
  return { blobs: new FsBlobStore(folder, clock), mark: new FsStoreMark(folder) };
}

/** Opens the blob store in a bucket. */
export function openObjects(
  { s3Prefix: prefix }: Pick<Config, "s3Prefix">,
  bucket: Bucket,
  options: Pick<ObjectBlobStoreOptions, "beforePut"> = {},
): BareStorage<ObjectBlobStore> {
  return {
    blobs: new ObjectBlobStore(bucket, { prefix, ...options }),
    mark: new ObjectStoreMark(bucket, { prefix }),
  };
}
