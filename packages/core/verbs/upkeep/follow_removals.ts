import { isLeasing } from "../../blob/blob_store.ts";
import type { Removal } from "../../blob/removal_record.ts";
import type { Ports } from "../../ports.ts";

/** How far a node has followed the record of removals. */
export type FollowedTo = Pick<Removal, "key" | "removedAt">;

/**
 * What has happened in this time is looked at again: a removal can become visible after one with a later time, and a render that was
 * under way can end after it.
 */
const OVERLAP_MILLISECONDS = 120_000;

const BATCH = 500;

/** Returns the place from which on a node that starts follows the removals of the next moments. */
export function followFrom(time: number): FollowedTo {
  return { removedAt: time, key: "" };
}

/**
 * Removes the copies that this node has of images that are gone for good, whichever node has removed them: of their originals, and
 * of what was rendered of them.
 *
 * @returns the place to go on from
 */
export async function followRemovals(
  ports: Pick<Ports, "blobs" | "catalog" | "derivatives" | "now" | "removals">,
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
  { blobs, catalog, derivatives }: Pick<Ports, "blobs" | "catalog" | "derivatives">,
  removals: readonly Removal[],
): Promise<void> {
  if (removals.length === 0) return;
  if (isLeasing(blobs)) for (const { key } of removals) await blobs.dropCopy(key);
  const digests = [...new Set(removals.map(({ digest }) => digest))];
  // An image with the same bytes may have come meanwhile: what was rendered serves it.
  const referenced = await catalog.referenced(digests);
  await derivatives.forgetCopies(digests.filter((digest) => !referenced.has(digest)));
}
