import type { Installation, SweepPause } from "../../installation/installation.ts";
import type { Ports } from "../../ports.ts";

/** Reasons not to use a database and a store together, or not to sweep them. */
export type StorageFaultCode = SweepPause | "other_store" | "unmarked_store" | "unknown_database";

/** A reason not to sweep the storage. */
export interface StorageFault {
  readonly code: StorageFaultCode;
  /** A sentence for the operator, with the problem and its remedy. */
  readonly message: string;
}

const REMEDY = "nothing is removed until `npm start -- fsck` has compared both";

const MESSAGES: Readonly<Record<StorageFaultCode, string>> = {
  behind: `The database is older than the store of images, as if a backup had been put in its place: ${REMEDY}`,
  restored: `The database was restored from a backup: ${REMEDY}`,
  strays: `The store has more files without a record than a crash leaves, as if the database had lost some: ${REMEDY}`,
  other_store: "The store of images belongs to another installation than the database: nothing is removed",
  unmarked_store: "The store of images no longer says which installation it belongs to: nothing is removed",
  unknown_database: "The database does not say which installation it belongs to: nothing is removed",
};

/** Returns the fault of a code. */
export function storageFault(code: StorageFaultCode): StorageFault {
  return { code, message: MESSAGES[code] };
}

/**
 * Compares the identities of database and store.
 *
 * @returns the fault that prevents the sweep, or `null`
 * @throws {ProgImageError} `unavailable` if the database or the store does not answer
 */
export async function findStorageFault({
  installation,
  mark,
}: Pick<Ports, "installation" | "mark">): Promise<StorageFault | null> {
  // The store is read first: concurrent increments start with the database, so its counter is never read as too low.
  const stored = await mark.read();
  const own = await installation.read();
  if (!own) return storageFault("unknown_database");
  if (!stored) return storageFault("unmarked_store");
  if (stored.id !== own.id) return storageFault("other_store");
  const pause = own.pause ?? (stored.counter > own.counter ? "behind" : null);
  return pause && storageFault(pause);
}

/** Increments the counter of the database, then that of the store. Returns the installation after it. */
export async function raiseCounter({
  installation,
  mark,
}: Pick<Ports, "installation" | "mark">): Promise<Installation> {
  const raised = await installation.raise();
  await mark.write({ id: raised.id, counter: raised.counter });
  return raised;
}
