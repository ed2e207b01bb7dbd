import { setImmediate } from "node:timers/promises";
import { checkBlob } from "../../blob/check_blob.ts";
import type { BlobRecord } from "../../blob/blob_ledger.ts";
import type { Ports } from "../../ports.ts";

/** Options for {@linkcode scrubBlobs}. */
export interface ScrubBlobsOptions {
  /** How many bytes are read, the blob included with which there are enough. */
  readonly bytes: number;
}

/** The findings of one part of a scrub. */
export interface Scrubbed {
  readonly blobs: number;
  readonly bytes: number;
  /** Keys of blobs whose bytes are damaged or missing, and were not known to be. */
  readonly damaged: readonly string[];
  /** Keys of blobs whose bytes are right again. */
  readonly healed: readonly string[];
}

const PAGE = 100;

/** For so many bytes a blob counts at least: one that is missing takes a look as well. */
const LEAST_BYTES = 4_096;

/**
 * Reads stored images again, from where the last call has stopped, and records those whose bytes are missing or others than their
 * SHA-256 says.
 *
 * @throws {ProgImageError} `unavailable` if the store or the database does not answer: a later call goes on
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
      // A database and files in this process are never asked asynchronously.
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
  // Nothing changes for a blob that was struck off while it was read.
  const hasChanged = isNowDamaged ? await reportDamage(key) : await ledger.setDamaged(key, false);
  return { bytes, change: hasChanged ? (isNowDamaged ? "damaged" : "healed") : null };
}
