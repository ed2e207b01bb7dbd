import { setImmediate } from "node:timers/promises";
import { checkBlob } from "../../blob/check_blob.ts";
import type { BlobRecord } from "../../blob/blob_ledger.ts";
import type { Ports } from "../../ports.ts";

/** Options for {@linkcode scrubBlobs}. */
export interface ScrubBlobsOptions {
  /** The number of bytes to read. The last blob is always read to its end. */
  readonly bytes: number;
}

/** The findings of one part of a scrub. */
export interface Scrubbed {
  readonly blobs: number;
  readonly bytes: number;
  /** Keys of blobs that are newly damaged or missing. */
  readonly damaged: readonly string[];
  /** Keys of blobs that are intact again. */
  readonly healed: readonly string[];
}

const PAGE = 100;

/** The minimum cost of a blob in bytes, as a missing blob also takes a read. */
const LEAST_BYTES = 4_096;

/**
 * Verifies stored images, starting where the previous call stopped, and records those whose bytes are missing or do not match their
 * SHA-256.
 *
 * @throws {ProgImageError} `unavailable` if the store or the database does not answer; a later call resumes
 */
export async function scrubBlobs(
  ports: Pick<Ports, "blobs" | "installation" | "ledger" | "reportDamage">,
  { bytes: budget }: ScrubBlobsOptions,
): Promise<Scrubbed> {
  const damaged: string[] = [];
  const healed: string[] = [];
  let [blobs, bytes, spent] = [0, 0, 0];
  while (spent < budget) {
    const after = (await ports.installation.read())?.scrubbedTo ?? "";
    const page = await ports.ledger.page("", { after, limit: PAGE });
    let last = "";
    for (const record of page) {
      const found = await scrub(ports, record);
      if (found.change) (found.change === "damaged" ? damaged : healed).push(record.key);
      blobs++;
      bytes += found.bytes;
      spent += Math.max(found.bytes, LEAST_BYTES);
      last = record.key;
      if (spent >= budget) break;
      // Lets other requests run, as calls of an in-process database and of files may not yield to the event loop.
      await setImmediate();
    }
    await ports.installation.update({ scrubbedTo: last });
    if (page.length < PAGE) break;
  }
  return { blobs, bytes, damaged, healed };
}

async function scrub(
  { blobs, ledger, reportDamage }: Pick<Ports, "blobs" | "ledger" | "reportDamage">,
  { key, isDamaged }: BlobRecord,
): Promise<{ readonly bytes: number; readonly change: "damaged" | "healed" | null }> {
  const { state, bytes } = await checkBlob(blobs, key);
  const isNowDamaged = state !== "whole";
  if (isNowDamaged === isDamaged) return { bytes, change: null };
  // The record does not change if the blob was removed from the ledger meanwhile.
  const hasChanged = isNowDamaged ? await reportDamage(key) : await ledger.setDamaged(key, false);
  return { bytes, change: hasChanged ? (isNowDamaged ? "damaged" : "healed") : null };
}
