import { digestOfKey } from "../../blob/blob_store.ts";
import type { Ports } from "../../ports.ts";
import { findStorageTrouble, type StorageTroubleCode } from "../upkeep/storage_trouble.ts";

/** Stored bytes that are on record as damaged or missing from now on. */
export interface RecordedDamage {
  readonly key: string;
  /** The ids of images that have these bytes, not more than a few. */
  readonly images: readonly string[];
}

/** Where a store is not that of the database, its bytes say nothing. */
const OTHER_STORE: ReadonlySet<StorageTroubleCode> = new Set([
  "other_store",
  "unknown_database",
  "unmarked_store",
]);

/** Images that are named. */
const NAMED = 20;

/**
 * Records that the bytes of a blob are damaged or missing, if the store is the one that belongs to the database.
 *
 * @returns `null` if nothing has changed: it was on record, or the blob is not on record any more
 * @throws {ProgImageError} `unavailable` if the store or the database does not answer
 */
export async function recordDamage(
  ports: Pick<Ports, "catalog" | "installation" | "ledger" | "mark">,
  key: string,
): Promise<RecordedDamage | null> {
  const trouble = await findStorageTrouble(ports);
  if (trouble && OTHER_STORE.has(trouble.code)) return null;
  if (!(await ports.ledger.setDamaged(key, true))) return null;
  const query = { order: "createdAt", descending: false, limit: NAMED } as const;
  const images = await ports.catalog.list({ ...query, sha256: digestOfKey(key) });
  return { key, images: images.map(({ id }) => id) };
}
