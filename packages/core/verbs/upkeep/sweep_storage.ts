import { setTimeout } from "node:timers/promises";
import { type BlobEntry, digestOfKey, isBlobKey, SHARDS } from "../../blob/blob_store.ts";
import type { Installation } from "../../installation/installation.ts";
import type { Ports } from "../../ports.ts";
import { removeBytes, removeErased } from "../image/remove_bytes.ts";
import { findStorageTrouble, raiseCounter, storageTrouble, type StorageTrouble } from "./storage_trouble.ts";

/** Options for {@linkcode sweepStorage}. */
export interface SweepStorageOptions {
  /** Names the process that sweeps. One sweeps at a time: the one that holds the lease. */
  readonly holder: string;
  /** How long a blob stays without an image, in milliseconds. Longer than any upload takes. */
  readonly grace: number;
  /** How long a deleted image can be restored, in milliseconds. @default {604_800_000} seven days */
  readonly deletedGrace?: number;
  /** How long a blob without a record stays in quarantine, in milliseconds. @default {604_800_000} seven days */
  readonly quarantineTime?: number;
  /** How long batches of what can go at once follow each other, in milliseconds. One of each is done in any case. @default {20_000} */
  readonly budget?: number;
  /** Once it is aborted no further batch begins. */
  readonly signal?: AbortSignal;
  /** Which of the 256 parts of the store is searched for blobs without a record. @default the next one in each round */
  readonly shard?: string;
}

/** The result of a round of sweeping. */
export interface Swept {
  readonly expiredImages: number;
  readonly releasedImages: number;
  readonly condemnedBlobs: number;
  readonly removedBlobs: number;
  /** Removals that were on record for long enough. */
  readonly forgottenRemovals: number;
  readonly strayBlobs: number;
  readonly discardedBlobs: number;
  readonly orphanedDerivatives: number;
  /** Files among the blobs that are none or have no time, as far as they were seen, by their paths from the store. They are left alone. */
  readonly foreignFiles: readonly string[];
  /** Why nothing, or not everything, was swept. */
  readonly trouble: StorageTrouble | null;
  /** Failures of parts of the round. The other parts were done. */
  readonly failures: readonly unknown[];
}

type SweepPorts = Pick<
  Ports,
  "blobs" | "catalog" | "deleted" | "derivatives" | "installation" | "ledger" | "mark" | "now" | "removals"
> & { readonly jobs: Pick<Ports["jobs"], "staged"> };

const LEASE_NAME = "sweep";
const LEASE_MILLISECONDS = 120_000;
const BATCH = 500;
const WEEK = 604_800_000;

/** What is freed at a time: SQLite takes a few milliseconds for it, in which its process does nothing else. */
const FREED_AT_A_TIME = 50;

/**
 * A round goes on for this long while there is more to free: it holds the lease for longer, and the parts that come once in a
 * round have their turn.
 */
const BUDGET_MILLISECONDS = 20_000;

/** After each full batch the process has as long for its callers as the batch took, at most this long. */
const LONGEST_PAUSE_MILLISECONDS = 50;

/** The second look comes after this part of the grace: an hour after a day. */
const SECOND_LOOK = 1 / 24;

/** How long finished removals stay on record, so that a node that was away hears of them. */
const REMOVAL_MILLISECONDS = WEEK;

/**
 * How many blobs without a record a pass over the store may set aside. A crash leaves few; more of them mean that the database has
 * lost something.
 */
const MOST_STRAYS = 100;
const FEW_STRAYS = 5;
const STRAY_SHARE = 0.01;

/** Foreign files that are named. */
const NAMED_FILES = 10;

/**
 * For how long a derivative without an image stays: the record of its last use may be an hour old. One that an upload of the same
 * bytes brings back into use while its folder is swept is younger, and so is one that was rendered meanwhile.
 */
const ORPHAN_LIFETIME_MILLISECONDS = 3_600_000;

/**
 * Clears away what no image needs: images that have expired or were deleted long ago, blobs that no image refers to, blobs without
 * a record, and what was rendered of images that are gone. Works in small batches, so it is called again and again. Returns `null`
 * while another process holds the lease.
 *
 * A blob goes in steps, each of which an upload of the same bytes undoes: idle for the grace, condemned, struck off the ledger, and
 * only then its bytes. A blob without a record waits in quarantine before it is removed. Nothing goes unless database and store
 * belong together and neither is older than the other.
 */
export async function sweepStorage(ports: SweepPorts, options: SweepStorageOptions): Promise<Swept | null> {
  if (!(await ports.ledger.lease(LEASE_NAME, options.holder, LEASE_MILLISECONDS))) return null;
  const round = new Round(ports, options);
  return await round.run();
}

type Part = (work: (installation: Installation) => Promise<number>) => Promise<number>;

type Freed = Record<
  "condemnedBlobs" | "expiredImages" | "forgottenRemovals" | "releasedImages" | "removedBlobs",
  number
>;

class Round {
  readonly #ports: SweepPorts;
  readonly #options: SweepStorageOptions;
  readonly #failures: unknown[] = [];
  readonly #foreignFiles: string[] = [];
  #trouble: StorageTrouble | null = null;

  constructor(ports: SweepPorts, options: SweepStorageOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  async run(): Promise<Swept> {
    const installation = await this.#begin();
    // Each part fails by itself.
    const part = async (work: (installation: Installation) => Promise<number>): Promise<number> => {
      if (!installation) return 0;
      return await work(installation).catch((error: unknown) => (this.#failures.push(error), 0));
    };
    return {
      ...(await this.#free(part)),
      strayBlobs: await part((current) => this.#setStraysAside(current)),
      discardedBlobs: await part((current) => this.#discard(current)),
      orphanedDerivatives: await part((current) => this.#removeOrphans(current)),
      foreignFiles: this.#foreignFiles,
      trouble: this.#trouble,
      failures: this.#failures,
    };
  }

  /** Begins a round, unless database and store do not belong together or one of them is older. */
  async #begin(): Promise<Installation | null> {
    const { installation } = this.#ports;
    this.#trouble = await findStorageTrouble(this.#ports);
    if (this.#trouble?.code === "behind") await installation.update({ pause: "behind" });
    return this.#trouble ? null : await raiseCounter(this.#ports);
  }

  /** Frees what no image needs, batch by batch: each part as long as its last batch was full, all of them within the budget. */
  async #free(part: Part): Promise<Freed> {
    const { budget = BUDGET_MILLISECONDS, signal } = this.#options;
    const end = performance.now() + budget;
    const mayGoOn = () => !signal?.aborted && performance.now() < end;
    const freed: Freed = {
      expiredImages: 0,
      releasedImages: 0,
      condemnedBlobs: 0,
      removedBlobs: 0,
      forgottenRemovals: 0,
    };
    let due: readonly (readonly [name: keyof Freed, free: () => Promise<number>])[] = [
      ["expiredImages", () => this.#eraseExpired()],
      ["releasedImages", () => this.#releaseDeleted()],
      ["condemnedBlobs", () => this.#condemn()],
      ["removedBlobs", () => this.#removeBlobs()],
      ["forgottenRemovals", () => this.#forgetRemovals()],
    ];
    do {
      const full: (typeof due)[number][] = [];
      for (const each of due) {
        const [name, free] = each;
        const startedAt = performance.now();
        const count = await part(free);
        freed[name] += count;
        if (count < FREED_AT_A_TIME) continue;
        full.push(each);
        await setTimeout(Math.min(performance.now() - startedAt, LONGEST_PAUSE_MILLISECONDS));
      }
      due = full;
    } while (due.length > 0 && mayGoOn());
    return freed;
  }

  async #eraseExpired(): Promise<number> {
    const erased = await this.#ports.deleted.eraseExpired(FREED_AT_A_TIME);
    await removeErased(this.#ports, erased);
    return erased.images.length;
  }

  async #releaseDeleted(): Promise<number> {
    const { deletedGrace = WEEK } = this.#options;
    return await this.#ports.deleted.release(this.#ports.now() - deletedGrace, FREED_AT_A_TIME);
  }

  async #condemn(): Promise<number> {
    return await this.#ports.ledger.condemn(this.#ports.now() - this.#options.grace, FREED_AT_A_TIME);
  }

  /** Removes the bytes of blobs that are struck off now, and of those of which an earlier removal was broken off. */
  async #removeBlobs(): Promise<number> {
    const { ledger, now, removals } = this.#ports;
    const released = await ledger.release(now() - this.#options.grace * SECOND_LOOK, FREED_AT_A_TIME);
    await removeBytes(this.#ports, released);
    const pending = await removals.pending(FREED_AT_A_TIME);
    await removeBytes(this.#ports, pending, { isErasure: true });
    return released.length + pending.length;
  }

  async #forgetRemovals(): Promise<number> {
    const { now, removals } = this.#ports;
    return await removals.forget(now() - REMOVAL_MILLISECONDS, FREED_AT_A_TIME);
  }

  async #setStraysAside(installation: Installation): Promise<number> {
    const { blobs, ledger } = this.#ports;
    const shard = this.#shardOf(installation);
    const strays = await this.#findStrays(shard);
    const before = shard === SHARDS[0] ? 0 : installation.strays;
    if (strays.length > 0 && isTooMany(before + strays.length, await ledger.count())) {
      this.#trouble = storageTrouble("strays");
      await this.#ports.installation.update({ pause: "strays" });
      return 0;
    }
    if (before + strays.length !== installation.strays)
      await this.#ports.installation.update({ strays: before + strays.length });
    for (const key of strays) await blobs.quarantine.put(key);
    return strays.length;
  }

  /** Returns blobs without a record. Those of bytes that were removed on purpose, which a crash has left, are removed. */
  async #findStrays(shard: string): Promise<readonly string[]> {
    const { blobs, jobs, ledger, now, removals } = this.#ports;
    const strays: string[] = [];
    for await (const keys of batches(this.#ours(blobs.list(shard)), now() - this.#options.grace)) {
      const known = await ledger.known(keys);
      const unknown = keys.filter((key) => !known.has(key));
      const staged = await jobs.staged(unknown);
      const left = unknown.filter((key) => !staged.has(key));
      const removed = await removals.digestsAmong(left.map(digestOfKey));
      for (const key of left) {
        if (removed.has(digestOfKey(key))) await blobs.remove(key);
        else strays.push(key);
      }
      if (strays.length > MOST_STRAYS) break;
    }
    return strays;
  }

  /** Removes what has been in quarantine for long enough. */
  async #discard(installation: Installation): Promise<number> {
    const { quarantineTime = WEEK } = this.#options;
    const { blobs, now } = this.#ports;
    if (this.#trouble) return 0;
    const entries = this.#ours(blobs.quarantine.list(this.#shardOf(installation)));
    let discarded = 0;
    for await (const keys of batches(entries, now() - quarantineTime)) {
      for (const key of keys) await blobs.quarantine.remove(key);
      discarded += keys.length;
    }
    return discarded;
  }

  /** Removes derivatives whose source no image has. */
  async #removeOrphans(installation: Installation): Promise<number> {
    const { catalog, derivatives, now } = this.#ports;
    const unusedSince = now() - ORPHAN_LIFETIME_MILLISECONDS;
    const sources = await derivatives.sources(this.#shardOf(installation));
    let removed = 0;
    for (let start = 0; start < sources.length; start += BATCH) {
      const batch = sources.slice(start, start + BATCH);
      const referenced = await catalog.referenced(batch);
      const orphans = batch.filter((source) => !referenced.has(source));
      if (orphans.length > 0) removed += await derivatives.forget(orphans, { unusedSince });
    }
    return removed;
  }

  /** Passes over files that are no blobs, or of which the store does not say how old they are. */
  async *#ours(entries: AsyncIterable<BlobEntry>): AsyncGenerator<BlobEntry> {
    for await (const entry of entries) {
      if (isBlobKey(entry.key) && !Number.isNaN(entry.publishedAt)) yield entry;
      else if (this.#foreignFiles.length < NAMED_FILES) this.#foreignFiles.push(entry.key);
    }
  }

  #shardOf({ counter }: Installation): string {
    return this.#options.shard ?? SHARDS[counter % SHARDS.length] ?? "";
  }
}

function isTooMany(strays: number, blobs: number): boolean {
  return strays > MOST_STRAYS || (strays >= FEW_STRAYS && strays > blobs * STRAY_SHARE);
}

/** Returns the keys of entries from before a time, some at a time. An entry without a time is not from before it. */
async function* batches(entries: AsyncIterable<BlobEntry>, before: number): AsyncIterable<readonly string[]> {
  let keys: string[] = [];
  for await (const { key, publishedAt } of entries) {
    if (!(publishedAt < before)) continue;
    keys.push(key);
    if (keys.length === BATCH) {
      yield keys;
      keys = [];
    }
  }
  if (keys.length > 0) yield keys;
}
