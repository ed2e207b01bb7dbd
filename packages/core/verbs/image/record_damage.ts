import type { Ports } from "../../ports.ts";
import { findStorageFault, type StorageFaultCode } from "../upkeep/storage_fault.ts";

/** Stored bytes that were newly recorded as damaged or missing. */
export interface RecordedDamage {
  readonly key: string;
  /** The ids of images with these bytes, at most 20. */
  readonly images: readonly string[];
}

/** Faults by which the store is not that of the database, so that its bytes prove nothing. */
const OTHER_STORE: ReadonlySet<StorageFaultCode> = new Set([
  "other_store",
  "unknown_database",
  "unmarked_store",
]);

/** The maximum number of images in a report. */
const NAMED = 20;

/**
 * Records that the bytes of a blob are damaged or missing, if the store belongs to the database.
 *
 * @returns `null` if nothing has changed: the damage was on record, or the blob is no longer on record
 * @throws {ProgImageError} `unavailable` if the store or the database does not answer
 */
export async function recordDamage(
  ports: Pick<Ports, "installation" | "ledger" | "mark">,
  key: string,
): Promise<RecordedDamage | null> {
  const fault = await findStorageFault(ports);
  if (fault && OTHER_STORE.has(fault.code)) return null;
  if (!(await ports.ledger.setDamaged(key, true))) return null;
  const images = await ports.ledger.images(key, NAMED);
  return { key, images: images.map(({ id }) => id) };
}
