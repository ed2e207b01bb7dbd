import { SHARDS } from "./blob/blob_store.ts";
import type { Ports } from "./ports.ts";

/** Options for {@linkcode sweepStorage}. */
export interface SweepStorageOptions {
  /** Who sweeps: one at a time, whoever holds the lease. */
  readonly holder: string;
  /** How long nobody must need bytes before they go, in milliseconds. Longer than any upload takes. */
  readonly grace: number;
  /** Which of the 256 parts of the store is searched for what nobody knows of. The next round takes the next one. */
  readonly round: number;
}

/** What a round of sweeping found. */
export interface Swept {
  readonly expiredImages: number;
  readonly condemnedBlobs: number;
  readonly releasedBlobs: number;
  readonly strayBlobs: number;
  readonly orphanedDerivatives: number;
}

type StrayPorts = Pick<Ports, "blobs" | "ledger" | "now"> & { readonly jobs: Pick<Ports["jobs"], "staged"> };

const LEASE_NAME = "sweep";
const LEASE_MILLISECONDS = 120_000;
const BATCH = 500;

/** The second look comes after this part of the grace: an hour after a day. */
const SECOND_LOOK = 1 / 24;

/**
 * For how long a derivative without an image stays: the record of its last use may be an hour old. One that an upload of the same
 * bytes brings back into use while its folder is swept is younger, and so is one that was rendered meanwhile.
 */
const ORPHAN_LIFETIME_MILLISECONDS = 3_600_000;

/**
 * Clears away what nobody needs: images that have expired, blobs that no image refers to, bytes that neither a record nor a job that
 * goes on knows of, and what was
 * rendered of images that have expired, or was finished after they were deleted. Small batches, so that it is called again and
 * again. Gives `null` while another process holds the lease.
 *
 * A blob goes in steps, each of which an upload of the same bytes undoes: idle for the grace, condemned, struck off the
 * ledger, and only then its bytes. A round that crashes in between leaves bytes without a record, which a later one finds.
 */
export async function sweepStorage(
  ports: StrayPorts & Pick<Ports, "catalog" | "derivatives">,
  options: SweepStorageOptions,
): Promise<Swept | null> {
  if (!(await ports.ledger.lease(LEASE_NAME, options.holder, LEASE_MILLISECONDS))) return null;
  const { grace } = options;
  const expiredImages = await ports.catalog.removeExpired(BATCH);
  const condemnedBlobs = await ports.ledger.condemn(ports.now() - grace, BATCH);
  const released = await ports.ledger.release(ports.now() - grace * SECOND_LOOK, BATCH);
  for (const key of released) await ports.blobs.remove(key);
  const strayBlobs = await removeStrays(ports, options);
  const orphanedDerivatives = await removeOrphans(ports, options);
  return { expiredImages, condemnedBlobs, releasedBlobs: released.length, strayBlobs, orphanedDerivatives };
}

async function removeStrays(ports: StrayPorts, { grace, round }: SweepStorageOptions): Promise<number> {
  const before = ports.now() - grace;
  let strays = 0;
  for await (const keys of batches(ports.blobs.list(shardOf(round)), before)) {
    const known = await ports.ledger.known(keys);
    const unknown = keys.filter((key) => !known.has(key));
    const staged = await ports.jobs.staged(unknown);
    for (const key of unknown) {
      if (staged.has(key)) continue;
      await ports.blobs.remove(key);
      strays++;
    }
  }
  return strays;
}

/** Removes derivatives whose source no image has. What they were made for cannot be asked for any more. */
async function removeOrphans(
  ports: Pick<Ports, "catalog" | "derivatives" | "now">,
  { round }: SweepStorageOptions,
): Promise<number> {
  const unusedSince = ports.now() - ORPHAN_LIFETIME_MILLISECONDS;
  const sources = await ports.derivatives.sources(shardOf(round));
  let removed = 0;
  for (let start = 0; start < sources.length; start += BATCH) {
    const batch = sources.slice(start, start + BATCH);
    const referenced = await ports.catalog.referenced(batch);
    const orphans = batch.filter((source) => !referenced.has(source));
    if (orphans.length > 0) removed += await ports.derivatives.forget(orphans, { unusedSince });
  }
  return removed;
}

function shardOf(round: number): string {
  return SHARDS[round % SHARDS.length] ?? "";
}

async function* batches(
  entries: AsyncIterable<{ readonly key: string; readonly publishedAt: number }>,
  before: number,
): AsyncIterable<readonly string[]> {
  let keys: string[] = [];
  for await (const { key, publishedAt } of entries) {
    if (publishedAt >= before) continue;
    keys.push(key);
    if (keys.length === BATCH) {
      yield keys;
      keys = [];
    }
  }
  if (keys.length > 0) yield keys;
}
