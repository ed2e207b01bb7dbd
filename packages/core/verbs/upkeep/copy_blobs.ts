import {
  type BlobContent,
  type BlobEntry,
  type BlobStore,
  digestOfKey,
  isBlobKey,
  isLocal,
  type LocalCopy,
  SHARDS,
} from "../../blob/blob_store.ts";
import type { Spool } from "../../blob/spool.ts";
import { isProgImageError, ProgImageError } from "../../error.ts";
import { backOff } from "../../waiting/back_off.ts";
import { retry } from "../../waiting/retry.ts";

/** The progress of a copy. */
export interface CopyBlobsProgress {
  /** How many of the 256 parts of the store are done. */
  readonly shards: number;
  readonly copied: number;
  readonly copiedBytes: number;
  /** Blobs that the target already had. */
  readonly present: number;
  readonly failed: number;
}

/** A blob that could not be copied. */
export interface FailedCopy {
  readonly key: string;
  /** The reason as the end of a sentence: "it has other bytes than its name says". */
  readonly reason: string;
}

/** The result of a copy. */
export interface CopyBlobsResult extends CopyBlobsProgress {
  /** The first thousand failures. */
  readonly failures: readonly FailedCopy[];
}

/** Options for {@linkcode copyBlobs}. */
export interface CopyBlobsOptions {
  /** The folder for temporary files of remote bytes. If the target's blobs are files, it must be on their volume. */
  readonly spool: Spool;
  /** Concurrent copies of blobs. @default {16} */
  readonly atATime?: number;
  /** Whether to copy files even where hard links are possible, so that the stores share no bytes. @default {false} */
  readonly copiesFiles?: boolean;
  /** Whether to read back the blobs in the target and verify their digests. @default {false} */
  readonly verify?: boolean;
  readonly onProgress?: (progress: CopyBlobsProgress) => void;
}

/** Parts of the stores that are listed concurrently. */
const SHARDS_AT_A_TIME = 4;

const MAX_FAILURES = 1_000;

/** That many failures in a row mean that a store has failed, not single blobs. */
const FAILURES_IN_A_ROW = 20;

const TRIES = 5;
const FIRST_DELAY_MILLISECONDS = 500;

/**
 * Copies all blobs that the target lacks, and removes none. Both stores may be in use. Bytes are compared with the digest in their key
 * before they are published. Blobs of the right length are skipped, so an interrupted copy can resume, and a repeated one adds new blobs.
 * The memory needed is that of one of 256 parts.
 *
 * @throws {ProgImageError} `unavailable` if a store no longer answers; a later copy resumes
 */
export async function copyBlobs(
  source: BlobStore,
  target: BlobStore,
  options: CopyBlobsOptions,
): Promise<CopyBlobsResult> {
  return await new Copy(source, target, options).run();
}

class Copy {
  readonly #source: BlobStore;
  readonly #target: BlobStore;
  readonly #options: CopyBlobsOptions;
  readonly #failures: FailedCopy[] = [];
  readonly #progress = { shards: 0, copied: 0, copiedBytes: 0, present: 0, failed: 0 };
  #failedInARow = 0;
  /** The error that ends the copy. */
  #end: { readonly error: unknown } | null = null;

  constructor(source: BlobStore, target: BlobStore, options: CopyBlobsOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
  }

  async run(): Promise<CopyBlobsResult> {
    const shards = SHARDS.values();
    await inParallel(SHARDS_AT_A_TIME, async () => {
      for (const shard of shards) {
        if (this.#end) return;
        await this.#copyShard(shard).catch((error: unknown) => (this.#end ??= { error }));
        this.#progress.shards++;
        this.#report();
      }
    });
    if (this.#end) throw this.#end.error;
    return { ...this.#progress, failures: this.#failures };
  }

  async #copyShard(shard: string): Promise<void> {
    const present = await retryWhileDown(() => sizesOf(this.#target.list(shard)));
    const entries = (await retryWhileDown(() => Array.fromAsync(this.#source.list(shard)))).values();
    const { atATime = 16 } = this.#options;
    await inParallel(Math.ceil(atATime / SHARDS_AT_A_TIME), async () => {
      for (const entry of entries) {
        if (this.#end) return;
        if (isBlobKey(entry.key)) await this.#settle(entry, present.get(entry.key) ?? null);
      }
    });
  }

  /** Copies a blob. Never rejects: failures are recorded. */
  async #settle(entry: BlobEntry, presentBytes: number | null): Promise<void> {
    try {
      const reason = await retryWhileDown(() => this.#bring(entry, presentBytes));
      if (reason !== null) this.#note(entry, reason);
      this.#failedInARow = 0;
    } catch (cause) {
      if (!(await this.#isGone(entry.key))) this.#fail(entry, cause as Error);
    }
    this.#report();
  }

  #fail(entry: BlobEntry, cause: Error): void {
    this.#note(entry, `it cannot be read or written: ${cause.message}`);
    if (++this.#failedInARow < FAILURES_IN_A_ROW) return;
    const message = `Cannot go on copying as ${FAILURES_IN_A_ROW} blobs in a row have failed, the last one so: ${cause.message}`;
    this.#end ??= { error: new ProgImageError("unavailable", message, { cause }) };
  }

  /** Returns whether a blob was swept from the source before it was copied. */
  async #isGone(key: string): Promise<boolean> {
    return await this.#source.open(key).then(
      (content) => content === null,
      () => false,
    );
  }

  /** Returns the reason not to copy a blob, or `null` if it is in the target or was swept from the source. */
  async #bring({ key, bytes }: BlobEntry, presentBytes: number | null): Promise<string | null> {
    const { verify = false } = this.#options;
    if (presentBytes === bytes && (!verify || (await this.#isWhole(key)))) {
      this.#progress.present++;
      return null;
    }
    await using file = await this.#localFile(key);
    if (!file) return null;
    if (file.digest !== digestOfKey(key)) return "it has other bytes than its name says";
    // The key implies the bytes, so no reader can get different ones meanwhile.
    if (presentBytes !== null) await this.#target.remove(key);
    await this.#target.put(key, file.path);
    if (verify && !(await this.#isWhole(key))) return "its copy has other bytes than it";
    this.#progress.copied++;
    this.#progress.copiedBytes += bytes;
    return null;
  }

  /** Returns a file with the bytes of a blob of the source and their digest. */
  async #localFile(key: string): Promise<(LocalCopy & { readonly digest: string }) | null> {
    const content = await this.#source.open(key);
    if (!content) return null;
    if (isLocal(this.#source) && !this.#options.copiesFiles) {
      const path = this.#source.localPath(key);
      return { path, digest: await digestOf(content), [Symbol.asyncDispose]: async () => {} };
    }
    const file = await this.#options.spool.receive(content.stream(), { limit: Infinity });
    return { path: file.path, digest: file.sha256, [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
  }

  async #isWhole(key: string): Promise<boolean> {
    const content = await this.#target.open(key);
    return content !== null && (await digestOf(content)) === digestOfKey(key);
  }

  #note({ key }: BlobEntry, reason: string): void {
    this.#progress.failed++;
    if (this.#failures.length < MAX_FAILURES) this.#failures.push({ key, reason });
  }

  #report(): void {
    this.#options.onProgress?.({ ...this.#progress });
  }
}

async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work));
}

async function sizesOf(entries: AsyncIterable<BlobEntry>): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { key, bytes } of entries) sizes.set(key, bytes);
  return sizes;
}

async function digestOf(content: BlobContent): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of content.stream()) hasher.update(chunk);
  return hasher.digest("hex");
}

/** Retries work while a store is briefly down. */
function retryWhileDown<T>(work: () => Promise<T>): Promise<T> {
  return retry(work, {
    delayAfter: (error, tries) => {
      const mayPass =
        isProgImageError(error) && ["busy", "storage_error", "unavailable"].includes(error.code);
      return mayPass && tries < TRIES ? backOff(tries, { first: FIRST_DELAY_MILLISECONDS }) : null;
    },
  });
}
