import { isBlobKey, SHARDS } from "../../blob/blob_store.ts";
import type { Identity, Installation, SweepPause } from "../../installation/installation.ts";
import type { Ports } from "../../ports.ts";
import { storageTrouble, type StorageTrouble } from "./storage_trouble.ts";

/** Why a database and a store must not be used together. */
export type InstallationRefusal =
  | "other_store" // each belongs to an installation, but not to the same one
  | "lost_database" // the store belongs to an installation, the database to none: it is new or another's
  | "old_database" // the store belongs to an installation, and has the images of the database, which does not say whose it is
  | "lost_store" // the database knows images, the store has none of them
  | "unknown_store"; // the store has images without an identity, of which the database knows none

/** How database and store belong together. */
export type InstallationMatch =
  | { readonly refusal: InstallationRefusal; readonly stored: Identity | null; readonly own: Identity | null }
  | {
      readonly refusal: null;
      readonly identity: Identity;
      readonly pause: SweepPause | null;
      /** Whether the store is older than the database: images that were stored since are missing. */
      readonly isStoreBehind: boolean;
    };

type IdentityPorts = Pick<Ports, "blobs" | "installation" | "mark">;

/** How far the counter of a store can lag behind by crashes, and by nodes that raise it at the same time. */
const LAG = 16;

/** Keys of the ledger that are looked for in the store. */
const SAMPLE = 32;

/**
 * Finds out whether a database and a store belong together, and changes neither. A store or database of an earlier version, which has
 * no identity, belongs to the other one if the store has the blobs that the database knows.
 *
 * @throws {ProgImageError} `unavailable` if one of both does not answer
 */
export async function matchInstallation(ports: IdentityPorts): Promise<InstallationMatch> {
  const stored = await ports.mark.read();
  const own = await ports.installation.read();
  if (stored && own) return matchBoth(stored, own);
  const refuse = (refusal: InstallationRefusal): InstallationMatch => ({ refusal, stored, own });
  const share = await knownShare(ports);
  if (share !== null && share < 0.5) return refuse(stored ? "other_store" : "lost_store");
  // An empty database beside a store with images is not the one that they were stored with.
  if (share === null && (stored || (await hasBlobs(ports))))
    return refuse(stored ? "lost_database" : "unknown_store");
  // It is an old one of the same installation, or that of another one which has shared the store.
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
 * Opens an installation whose database and store belong together: gives both the same identity and raises their counters.
 *
 * @param ports Those of a database whose schema is up to date
 * @returns the trouble that keeps the storage from being swept, or `null`
 */
export async function openInstallation(
  { installation, mark }: Pick<Ports, "installation" | "mark">,
  { identity, pause }: { readonly identity: Identity; readonly pause: SweepPause | null },
): Promise<StorageTrouble | null> {
  // The database first: a store without an identity beside a database with one is recognised by its blobs.
  await installation.adopt(identity, pause);
  if (pause) await installation.update({ pause });
  const { id, counter } = await installation.raise();
  const stored = await mark.read();
  // A store that is ahead stays so until both were compared.
  await mark.write({ id, counter: Math.max(counter, stored?.counter ?? 0) });
  return pause && storageTrouble(pause);
}

/** Returns which part of a sample of the blobs on record is in the store, or `null` if there are none on record. */
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
