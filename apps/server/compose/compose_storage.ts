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

/** Where bytes are, in whichever store the configuration names. */
export interface StorageComposition {
  readonly blobs: BlobStore;
  readonly derivatives: DerivativeCache;
  readonly mark: StoreMark;
  /** Where bytes wait that may be stored. On the volume of the blobs, if these are files: what is published must not cross volumes. */
  readonly spool: Spool;
  readonly scratch: Spool;
  /** Gives a URL under which callers get a blob from elsewhere; `null` where we send blobs ourselves. */
  readonly redirect: RedirectToBlob | null;
  /** Removes what dead processes have left behind. Gives how many files. */
  readonly sweepLeftovers: (untouchedSince: number) => Promise<number>;
  /** Rejects when it cannot be used. */
  readonly check: () => Promise<void>;
  /** Returns what the operator should know of it at this moment. */
  readonly findNotices: () => readonly Notice[];
}

/** Returns a URL at which any client can read a blob for some seconds, with these headers; `null` if there is none. */
export type RedirectToBlob = (
  key: string,
  seconds: number,
  headers: Readonly<Record<string, string>>,
) => Promise<string | null>;

/** An upload in parts that has been open for this long is nobody's any more: we begin none, but tools for the same bucket may. */
const UPLOAD_LIFETIME_MILLISECONDS = 86_400_000;

/** Seconds after which another try makes sense. */
const RETRY_SECONDS = 5;

/** How often these are looked for. */
const UPLOAD_SWEEP_MILLISECONDS = 3_600_000;

/** Options for {@linkcode composeStorage}. */
export interface ComposeStorageOptions extends Pick<ObjectBlobStoreOptions, "beforePut"> {
  /** The clock by which leases and expiry go. */
  readonly clock: Pick<Clock, "now">;
  /** Hears of blobs whose bytes are damaged or missing. */
  readonly onDamage: ReportDamage;
  /** Is told of troubles of the bucket. */
  readonly log: Pick<Logger, "warn">;
}

/**
 * Opens the stores that a configuration names, and makes their folders.
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
 * Makes sure that the server can write in its folders, before it starts.
 *
 * @throws {ConfigError} that names the setting at fault
 */
export async function checkFolders(config: Config): Promise<void> {
  await prepareFolders(config, openFolders(config));
}

/** Folders of this machine, wherever images are. */
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

/** A store of blobs with what goes with it. */
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
    // What others leave behind, and what we may not see, must not keep us from clearing away our own.
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
    findNotices: () => (watch.trouble ? [bucketNotice(watch.trouble)] : []),
    sweep: async (before) => (await copies.sweep(before)) + (await sweepUploads()),
  };
}

/** The error for a bucket that cannot be read: to the operator it says why. */
function bucketUnreadable(cause: BucketFailure): ProgImageError {
  const { detail } = bucketNotice({ failing: new Map([["read", cause]]), isSlow: false });
  return new ProgImageError("unavailable", detail, { cause, details: { retryAfter: RETRY_SECONDS } });
}

/** Bytes of images without anything in front of them, and whose they are. */
export interface BareStorage<Blobs extends BlobStore = BlobStore> {
  readonly blobs: Blobs;
  readonly mark: StoreMark;
}

/** Opens the store that a configuration names, without anything in front of it. */
export function openStore(config: Config): BareStorage & { readonly place: string } {
  const bucket = openBucket(config);
  if (!bucket) return { ...openFolder(config.fsDir), place: join(config.fsDir, "blobs") };
  const place = `${config.s3Endpoint}/${config.s3Bucket}/${config.s3Prefix}blobs`;
  return { ...openObjects(config, bucket), place };
}

/** Opens the store of blobs in a folder of the configuration. */
export function openFolder(fsDir: string, clock: Partial<Pick<Clock, "now">> = {}): BareStorage<FsBlobStore> {
  const folder = join(fsDir, "blobs");
  return { blobs: new FsBlobStore(folder, clock), mark: new FsStoreMark(folder) };
}

/** Opens the store of blobs in a bucket. */
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
