import { isLeasing } from "../../blob/blob_store.ts";
import { type Removal, sourceOfRemoval } from "../../blob/removal_record.ts";
import type { Ports } from "../../ports.ts";

/** The position of a node in the record of removals. */
export type FollowedTo = Pick<Removal, "key" | "removedAt">;

/**
 * The period that each call reads again. A removal can become visible after one with a later time, and a render in progress can end after
 * its source is removed.
 */
const OVERLAP_MILLISECONDS = 120_000;

const BATCH = 500;

/** Returns the start position of a node that begins to follow removals at a time. */
export function followFrom(time: number): FollowedTo {
  return { removedAt: time, key: "" };
}

/**
 * Removes this node's copies of originals and derivatives of images that any node has removed for good.
 *
 * @returns the position for the next call
 */
export async function followRemovals(
  ports: Pick<Ports, "blobs" | "derivatives" | "ledger" | "now" | "removals">,
  from: FollowedTo,
): Promise<FollowedTo> {
  let to = from;
  for (;;) {
    const page = await ports.removals.list(to, BATCH);
    await dropCopies(ports, page);
    to = page.at(-1) ?? to;
    if (page.length < BATCH) break;
  }
  return followFrom(Math.max(from.removedAt, ports.now() - OVERLAP_MILLISECONDS));
}

async function dropCopies(
  { blobs, derivatives, ledger }: Pick<Ports, "blobs" | "derivatives" | "ledger">,
  removals: readonly Removal[],
): Promise<void> {
  if (removals.length === 0) return;
  if (isLeasing(blobs)) for (const { key } of removals) await blobs.dropCopy(key);
  const sources = [...new Set(removals.map(sourceOfRemoval))];
  // A new image may have the same bytes and so the same derivatives.
  const referenced = await ledger.referenced(sources);
  await derivatives.forgetCopies(sources.filter((source) => !referenced.has(source)));
}
