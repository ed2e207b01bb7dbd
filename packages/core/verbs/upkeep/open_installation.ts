import { isBlobKey, SHARDS } from "../../blob/blob_store.ts";
import type { Identity, Installation, SweepPause } from "../../installation/installation.ts";
import type { Ports } from "../../ports.ts";
import { storageFault, type StorageFault } from "./storage_fault.ts";

/** Reasons why a database and a store must not be used together. */
export type InstallationRefusal =
  | "other_store" // they belong to two different installations
  | "lost_database" // only the store belongs to an installation: the database is new or another's
  | "old_database" // only the store belongs to an installation, but it has the images of the database
  | "lost_store" // the database has images, and the store has none of them
  | "unknown_store"; // the store has images but no identity, and the database has none of them

/** Whether a database and a store belong together. */
export type InstallationMatch =
  | { readonly refusal: InstallationRefusal; readonly stored: Identity | null; readonly own: Identity | null }
  | {
      readonly refusal: null;
      readonly identity: Identity;
      readonly pause: SweepPause | null;
      /** Whether the store is older than the database, so that recently stored images are missing. */
      readonly isStoreBehind: boolean;
    };

type IdentityPorts = Pick<Ports, "blobs" | "installation" | "mark">;

/** How far the counter of a store can lag behind because of crashes and concurrent increments. */
const LAG = 16;

/** Keys of the ledger that are looked for in the store. */
const SAMPLE = 32;

/**
 * Checks whether a database and a store belong together, and changes neither. Those of an earlier version have no identity; they
 * belong together if the store has the blobs on record.
 *
 * @throws {ProgImageError} `unavailable` if the database or the store does not answer
 */
export async function matchInstallation(ports: IdentityPorts): Promise<InstallationMatch> {
  const stored = await ports.mark.read();
  const own = await ports.installation.read();
  if (stored && own) return matchBoth(stored, own);
  const refuse = (refusal: InstallationRefusal): InstallationMatch => ({ refusal, stored, own });
  const share = await knownShare(ports);
  if (share !== null && share < 0.5) return refuse(stored ? "other_store" : "lost_store");
  // An empty database is not the one that the images in the store belong to.
  if (share === null && (stored || (await hasBlobs(ports))))
    return refuse(stored ? "lost_database" : "unknown_store");
  // The database is an old one of this installation, or that of another one that shared the store.
  if (stored) return refuse("old_database");
  const identity = own ?? { id: crypto.randomUUID(), counter: 0 };
  return { refusal: null, identity, pause: own?.pause ?? null, isStoreBehind: false };
}

function matchBoth(stored: Identity, own: Installation): InstallationMatch {
  if (stored.id !== own.id) return { refusal: "other_store", stored, own };
  const isBehind = stored.counter > own.counter;
  const pause = own.pause ?? (isBehind ? "behind" : null);
  return { refusal: null, identity: own, pause, isStoreBehind: own.counter - stored.counter > LAG };
}

/**
 * Opens an installation whose database and store belong together: writes the identity to both and increments their counters.
 *
 * @param ports Those of a database whose schema is up to date
 * @returns the fault that prevents the sweep, or `null`
 */
export async function openInstallation(
  { installation, mark }: Pick<Ports, "installation" | "mark">,
  { identity, pause }: { readonly identity: Identity; readonly pause: SweepPause | null },
): Promise<StorageFault | null> {
  // The database first: a store without an identity is recognised by its blobs.
  await installation.adopt(identity, pause);
  if (pause) await installation.update({ pause });
  const { id, counter } = await installation.raise();
  const stored = await mark.read();
  // A store that is ahead stays so until a check compares both.
  await mark.write({ id, counter: Math.max(counter, stored?.counter ?? 0) });
  return pause && storageFault(pause);
}

/** Returns the share of a sample of the blobs on record that the store has, or `null` if none are on record. */
async function knownShare({ blobs, installation }: IdentityPorts): Promise<number | null> {
  const keys = await installation.sampleKeys(SAMPLE);
  if (keys.length === 0) return null;
  const found = await Promise.all(keys.map((key) => blobs.open(key)));
  return found.filter((content) => content !== null).length / keys.length;
}

async function hasBlobs({ blobs }: IdentityPorts): Promise<boolean> {
  const looks = SHARDS.map(async (shard) => {
    for await (const { key } of blobs.list(shard)) if (isBlobKey(key)) return true;
    return false;
  });
  return (await Promise.all(looks)).includes(true);
}
