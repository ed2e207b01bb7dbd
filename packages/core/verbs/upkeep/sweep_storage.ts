import { setTimeout } from "node:timers/promises";
import { type BlobEntry, isBlobKey, SHARDS } from "../../blob/blob_store.ts";
import type { Installation } from "../../installation/installation.ts";
import type { Ports } from "../../ports.ts";
import { removeBytes, removeErased } from "../image/remove_bytes.ts";
import { findStorageFault, raiseCounter, storageFault, type StorageFault } from "./storage_fault.ts";

/** Options for {@linkcode sweepStorage}. */
export interface SweepStorageOptions {
  /** The name of the sweeping process. Only the holder of the lease sweeps. */
  readonly holder: string;
  /** How long a blob without an image is kept, in milliseconds. It must be longer than any upload. */
  readonly grace: number;
  /** How long a deleted image can be restored, in milliseconds. @default {604_800_000} seven days */
  readonly deletedGrace?: number;
  /** How long a blob without a record stays in quarantine, in milliseconds. @default {604_800_000} seven days */
  readonly quarantineTime?: number;
  /** How long a round continues with full batches, in milliseconds. The first batch of each kind always runs. @default {20_000} */
  readonly budget?: number;
  /** Aborts to end the round: no further batch begins. */
  readonly signal?: AbortSignal;
  /** The part, of 256, of the store that is searched for blobs without a record. @default the next one in each round */
  readonly shard?: string;
}

/** The result of a round of sweeping. */
export interface Swept {
  readonly expiredImages: number;
  readonly releasedImages: number;
  readonly condemnedBlobs: number;
  readonly removedBlobs: number;
  /** Removals whose time on record is over. */
  readonly forgottenRemovals: number;
  readonly strayBlobs: number;
  readonly discardedBlobs: number;
  readonly orphanedDerivatives: number;
  /** The first files in the store that are not blobs or have no time, as paths in the store. They are not touched. */
  readonly foreignFiles: readonly string[];
  /** The reason why nothing, or not everything, was swept. */
  readonly fault: StorageFault | null;
  /** Failures of parts of the round. The other parts are done. */
  readonly failures: readonly unknown[];
}

type SweepPorts = Pick<
  Ports,
  "blobs" | "deleted" | "derivatives" | "installation" | "ledger" | "mark" | "now" | "removals"
> & { readonly jobs: Pick<Ports["jobs"], "staged"> };

const LEASE_NAME = "sweep";
const LEASE_MILLISECONDS = 120_000;
const BATCH = 500;
const WEEK = 604_800_000;

/** Rows freed per batch. SQLite blocks its process for a few milliseconds meanwhile. */
const FREED_AT_A_TIME = 50;

/** The time budget of a round. It is below the lease, and short enough for the parts that run once per round to get their turn. */
const BUDGET_MILLISECONDS = 20_000;

/** The longest pause after a full batch. Each pause is as long as the batch took, so that the process can serve requests. */
const LONGEST_PAUSE_MILLISECONDS = 50;

/** The share of the grace between condemning a blob and removing it: an hour for a day. */
const SECOND_LOOK = 1 / 24;

/** How long finished removals stay on record, so that nodes that were offline learn of them. */
const REMOVAL_MILLISECONDS = WEEK;

/**
 * The limit on blobs without a record that a pass may put into quarantine. A crash leaves few of them; more mean that the database has
 * lost records.
 */
const MOST_STRAYS = 100;
const FEW_STRAYS = 5;
const STRAY_SHARE = 0.01;

/** The maximum number of foreign files in the result. */
const NAMED_FILES = 10;

/**
 * The minimum age of unused derivatives without an image, as the record of their last use may be an hour old. Derivatives are younger if
 * an upload of the same bytes reuses them during the sweep, or if they were rendered meanwhile.
 */
const ORPHAN_LIFETIME_MILLISECONDS = 3_600_000;

/**
 * Removes everything that no image needs: expired images, images deleted long ago, blobs without images, blobs without a record, and
 * derivatives of images that are gone. Each call does a limited amount of work, so call it repeatedly. Returns `null` while another process
 * holds the lease.
 *
 * A blob is removed in steps: idle for the grace, condemned, removed from the ledger, then its bytes. An upload of the same bytes undoes
 * each step. A blob without a record waits in quarantine before it is removed. Nothing is removed unless database and store belong together
 * and neither is older than the other.
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
  #fault: StorageFault | null = null;

  constructor(ports: SweepPorts, options: SweepStorageOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  async run(): Promise<Swept> {
    const installation = await this.#begin();
    // A failure of one part does not affect the others.
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
      fault: this.#fault,
      failures: this.#failures,
    };
  }

  /** Begins a round, unless database and store do not belong together or one of them is outdated. */
  async #begin(): Promise<Installation | null> {
    const { installation } = this.#ports;
    this.#fault = await findStorageFault(this.#ports);
    if (this.#fault?.code === "behind") await installation.update({ pause: "behind" });
    return this.#fault ? null : await raiseCounter(this.#ports);
  }

  /** Frees unneeded data in batches, within the budget. Each kind continues as long as its last batch was full. */
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

  /** Removes the bytes of blobs that are now removed from the ledger, and completes interrupted removals. */
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
      this.#fault = storageFault("strays");
      await this.#ports.installation.update({ pause: "strays" });
      return 0;
    }
    if (before + strays.length !== installation.strays)
      await this.#ports.installation.update({ strays: before + strays.length });
    for (const key of strays) await blobs.quarantine.put(key);
    return strays.length;
  }

  /** Returns blobs without a record. Those whose bytes were removed on purpose are leftovers of a crash and are deleted. */
  async #findStrays(shard: string): Promise<readonly string[]> {
    const { blobs, jobs, ledger, now, removals } = this.#ports;
    const strays: string[] = [];
    for await (const keys of batches(this.#ours(blobs.list(shard)), now() - this.#options.grace)) {
      const known = await ledger.known(keys);
      const unknown = keys.filter((key) => !known.has(key));
      const staged = await jobs.staged(unknown);
      const left = unknown.filter((key) => !staged.has(key));
      const removed = await removals.among(left);
      for (const key of left) {
        if (removed.has(key)) await blobs.remove(key);
        else strays.push(key);
      }
      if (strays.length > MOST_STRAYS) break;
    }
    return strays;
  }

  /** Removes blobs whose time in quarantine is over. */
  async #discard(installation: Installation): Promise<number> {
    const { quarantineTime = WEEK } = this.#options;
    const { blobs, now } = this.#ports;
    if (this.#fault) return 0;
    const entries = this.#ours(blobs.quarantine.list(this.#shardOf(installation)));
    let discarded = 0;
    for await (const keys of batches(entries, now() - quarantineTime)) {
      for (const key of keys) await blobs.quarantine.remove(key);
      discarded += keys.length;
    }
    return discarded;
  }

  /** Removes derivatives whose source belongs to no image. */
  async #removeOrphans(installation: Installation): Promise<number> {
    const { derivatives, ledger, now } = this.#ports;
    const unusedSince = now() - ORPHAN_LIFETIME_MILLISECONDS;
    const sources = await derivatives.sources(this.#shardOf(installation));
    let removed = 0;
    for (let start = 0; start < sources.length; start += BATCH) {
      const batch = sources.slice(start, start + BATCH);
      const referenced = await ledger.referenced(batch);
      const orphans = batch.filter((source) => !referenced.has(source));
      if (orphans.length > 0) removed += await derivatives.forget(orphans, { unusedSince });
    }
    return removed;
  }

  /** Skips files that are not blobs or whose age is unknown. */
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

/** Returns the keys of entries from before a time, in batches. Entries without a time are skipped. */
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
